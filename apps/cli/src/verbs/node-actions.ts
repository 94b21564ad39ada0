import type { BulkAction, BulkInput, CallInput, Client, Node } from '@eims/contracts'
import { actOnAll, refuseFailures, renderReport } from '../bulk.ts'
import { type Call, command } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { renderNodes } from '../node-text.ts'
import type { Flags } from '../option-text.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import { selected, selectionFlags, selectionOf, someNodes } from '../selection.ts'
import type { Verb } from '../verb.ts'

interface Action {
  action: BulkAction
  summary: string
  about?: string
  /** needs a reason */
  reason?: true
  options?: Flags
  /** what happens to many, for the question: `12 nodes will be …` */
  will: string
  single: (client: Client, id: string, values: Record<string, string>) => Promise<Node>
  /** what one node's reply says that a cell of a table has no room for */
  words?: (node: Node) => string
  /** where that stands for many */
  hint?: string
}

const reasonFlag = { type: 'string', value: 'TEXT', says: 'why; kept in the audit log' } as const
const withoutRun = 'The run keeps the plan that it was made with.'

const actions: Action[] = [
  {
    action: 'provision',
    summary: 'let waiting machines be provisioned',
    will: 'be provisioned',
    single: (client, id) => client('provisionNode', { params: { id } }),
  },
  {
    action: 'retry',
    summary: 'take failed runs up again',
    options: {
      from: {
        type: 'string',
        oneOf: ['failed-action', 'start'],
        value: 'WHERE',
        says: 'failed-action (default) or start; of one node',
      },
    },
    about: `${withoutRun} To use a changed profile or image:\n./eims nodes reprovision NODE --reason TEXT`,
    will: 'take up their failed runs again',
    single: (client, id, { from }) =>
      client('retryNode', {
        params: { id },
        body: (from === undefined ? {} : { from }) as CallInput<'retryNode'>['body'],
      }),
  },
  {
    action: 'cancel',
    summary: 'cancel runs that are under way',
    will: 'have their runs cancelled',
    single: (client, id) => client('cancelNode', { params: { id } }),
  },
  {
    action: 'reprovision',
    summary: 'image finished machines again at their next network boot',
    reason: true,
    about: `
The disk is written again. The reply says how the machine comes to the network: with eims' usual boot order somebody has to
tell its firmware once (one-time boot menu, usually F12); one that was installed with --boot-order network (profiles set,
site set) comes by itself when it is next switched on or restarted.`,
    will: 'be imaged again: what is on their disks is lost',
    hint: 'How each of them comes to the network: ./eims nodes show NODE, at "instance"\n',
    words: ({ name, instance }) => (instance ? `${name} ${instance.status.reason.text}.\n` : ''),
    single: (client, id, { reason = '' }) => client('reprovisionNode', { params: { id }, body: { reason } }),
  },
  {
    action: 'hold',
    summary: 'keep machines from being provisioned',
    reason: true,
    about: 'They wait in the Micro-OS until ./eims nodes release lets them go on.',
    will: 'be held',
    single: (client, id, { reason = '' }) => client('holdNode', { params: { id }, body: { reason } }),
  },
  {
    action: 'release',
    summary: 'let held machines go on',
    will: 'be released',
    single: (client, id) => client('releaseNode', { params: { id } }),
  },
]

function verbOf({ action, summary, about, reason, options, will, single, words, hint }: Action): Verb {
  return command({
    name: `nodes ${action}`,
    summary,
    usage: `NODE...${reason ? ' --reason TEXT' : ''} [OPTIONS]\n(--filter FILTER | --batch BATCH)${reason ? ' --reason TEXT' : ''} [OPTIONS]`,
    words: someNodes,
    options: { ...(reason ? { reason: reasonFlag } : {}), ...options, ...selectionFlags, ...yesFlag } as Flags,
    ...(about ? { about } : {}),
    async run(call) {
      const values = call.values as Record<string, string>
      if (reason && !values.reason) throw new Refusal('say why with --reason', 2)
      const filter = selectionOf(call.words, values)
      if (filter === null && call.words.length === 1)
        return call.show(
          await single(call.client, call.name, values),
          (node, screen) => renderNodes([node], screen) + (words?.(node) ?? ''),
        )
      if (values.from) throw new Refusal('--from is for one node', 2)
      await onMany(call, filter, will, { action, ...(reason ? { reason: values.reason } : {}) }, hint)
    },
  })
}

/** Shows what it is about before it asks; acts on exactly those nodes, whatever else matches by then. */
async function onMany(
  call: Call<Flags>,
  filter: string | null,
  will: string,
  action: Omit<BulkInput, 'select'>,
  hint = '',
): Promise<void> {
  const { client, words, screen } = call
  const { yes, batch } = call.values as { yes?: boolean; batch?: string }
  const nodes = filter === null ? null : await selected(client, filter, batch)
  if (nodes?.length === 0) throw new Refusal(`no node matches ${filter}`, 5)
  if (nodes && !yes && screen.columns !== null) process.stderr.write(sample(nodes, call))
  const count = nodes?.length ?? words.length
  await confirm(`${count} ${count === 1 ? 'node' : 'nodes'} will ${will}.`, { yes, many: filter !== null })
  const ids = nodes?.map(({ id }) => id) ?? words
  const report = await actOnAll(client, ids, action, progressLine(process.stderr))
  call.show(report, (shown, screen) => renderReport(shown, screen) + hint)
  refuseFailures(report)
}

const SHOWN = 8
const sample = (nodes: Node[], { screen }: Call<Flags>): string =>
  renderNodes(nodes.slice(0, SHOWN), screen) + (nodes.length > SHOWN ? `… and ${nodes.length - SHOWN} more\n` : '')

const remove = command({
  name: 'nodes delete',
  summary: 'remove machines from the registry',
  usage: 'NODE... [OPTIONS]\n(--filter FILTER | --batch BATCH) [OPTIONS]',
  words: someNodes,
  options: { ...selectionFlags, ...yesFlag },
  about: `
What goes with a node: its identifiers, notes, timeline, runs and their logs. The audit log keeps that it was there.
The machine itself is not touched; at its next network boot it is an unknown one. On a terminal it asks first.`,
  async run(call) {
    const { client, words, values } = call
    const filter = selectionOf(words, values)
    if (filter !== null || words.length > 1) return onMany(call as Call<Flags>, filter, lost, { action: 'delete' })
    const params = { id: call.name }
    if (!values.yes && process.stdin.isTTY) {
      const node = await client('getNode', { params })
      await confirm(`${node.name} ${node.serial ? `(${node.serial}) ` : ''}${whatIsLost(node)}`, values)
    }
    await client('deleteNode', { params })
  },
})

const lost = 'be removed, with their timelines, runs and logs'

/** A running unit is worth a second thought. */
function whatIsLost(node: Node): string {
  const running = node.run?.state === 'RUNNING' || node.run?.state === 'PENDING'
  const state = node.instance ? `; its OS is ${node.instance.state}` : ''
  return `will be removed, with its timeline, runs and logs${state}${running ? ', and its run is cut off' : ''}.`
}

export const actionVerbs = [...actions.map(verbOf), remove]
