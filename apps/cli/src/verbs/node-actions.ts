import type { BulkAction, BulkInput, CallInput, Client, Node } from '@eims/contracts'
import { adoptFromUnit, renderUnit, unitFlags } from '../adopt-unit/adopt.ts'
import { actOnAll, refuseFailures, renderReport } from '../bulk.ts'
import { type Call, command } from '../command.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { defined } from '../needed.ts'
import { renderNodes } from '../node-text.ts'
import type { Flags } from '../option-text.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import { inBatchFlag, selected, selectionFlags, selectionOf, someNodes } from '../selection.ts'
import type { Verb } from '../verb.ts'
import { wishFlags } from './node-registry.ts'

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

/** From where a run is taken up again: an action's name, unless it is one of the two words. */
const placeOf = (from: string) => (from === 'start' || from === 'failed-action' ? from : { action: from })

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
        value: 'WHERE',
        says: 'failed-action (default), start, or the name of an action; of one node',
      },
    },
    about: `${withoutRun} To use a changed profile or image:\n./eims nodes reprovision NODE --reason TEXT`,
    will: 'take up their failed runs again',
    single: (client, id, { from }) =>
      client('retryNode', {
        params: { id },
        body: (from === undefined ? {} : { from: placeOf(from) }) as CallInput<'retryNode'>['body'],
      }),
  },
  {
    action: 'cancel',
    summary: 'cancel runs that are under way',
    will: 'have their runs cancelled',
    single: (client, id) => client('cancelNode', { params: { id } }),
  },
  {
    action: 'pause',
    summary: 'have runs stand still after the action that is on',
    about:
      'The action that is on is done to its end. The next one waits for ./eims nodes resume; no time limit runs meanwhile.',
    will: 'have their runs paused',
    single: (client, id) => client('pauseNode', { params: { id } }),
  },
  {
    action: 'resume',
    summary: 'let runs go on that were paused, or that wait for a person',
    will: 'have their runs go on',
    single: (client, id) => client('resumeNode', { params: { id } }),
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
      await onMany(
        call,
        { filter, batch: values.batch },
        will,
        { action, ...(reason ? { reason: values.reason } : {}) },
        hint,
      )
    },
  })
}

/** Shows what it is about before it asks; acts on exactly those nodes, whatever else matches by then. */
async function onMany(
  call: Call<Flags>,
  { filter, batch }: { filter: string | null; batch: string | undefined },
  will: string,
  action: Omit<BulkInput, 'select'>,
  hint = '',
): Promise<void> {
  const { client, words, screen } = call
  const { yes } = call.values as { yes?: boolean }
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

const adopt = command({
  name: 'nodes adopt',
  summary: 'make machines that appeared by themselves, or run at their site, registered ones',
  usage: 'NODE... [OPTIONS]\n(--filter FILTER | --in-batch BATCH) [OPTIONS]\n--from-unit ADDRESS [OPTIONS]',
  words: someNodes,
  options: {
    name: { type: 'string', value: 'NAME', says: 'its host name from now on; of one node' },
    serial: { type: 'string', value: 'S', says: 'its serial number, where its firmware says none; of one node' },
    profile: wishFlags.profile,
    batch: wishFlags.batch,
    filter: selectionFlags.filter,
    'in-batch': inBatchFlag,
    ...unitFlags,
    ...yesFlag,
  },
  about: `
All that appeared by themselves: --filter "registered = false". Of several each keeps its name.

--from-unit asks a machine over ssh what it is, any Linux, and registers it as RUNNING: its disk is kept when
it comes by the network. Nothing is changed there. ssh asks on the terminal for what it needs, and whether a
host key that it does not know is the right one; without a terminal it refuses that, unless --accept-new. A
key that changed is always refused.
First look what it would do: ./eims nodes adopt --from-unit 192.0.2.7 --user edge --dry-run`,
  async run(call) {
    const { name, serial, profile, batch, filter, 'in-batch': inBatch, 'from-unit': unit } = call.values
    if (unit !== undefined) {
      if (call.words.length > 0 || filter || inBatch)
        throw new Refusal('--from-unit is for one unit, by its address', 2)
      return call.show(await adoptFromUnit(call.client, unit, call.values), renderUnit)
    }
    const stray = Object.keys(unitFlags).find((flag) => call.values[flag as keyof typeof unitFlags] !== undefined)
    if (stray) throw new Refusal(`--${stray} is for --from-unit`, 2)
    const selection = selectionOf(call.words, { filter, batch: inBatch })
    const given = defined({ profile, batch })
    if (selection === null && call.words.length === 1) {
      const body = { ...given, ...defined({ name, serial }) } as CallInput<'adoptNode'>['body']
      const node = await call.client('adoptNode', { params: { id: call.name }, body })
      return call.show(node, (node, screen) => renderNodes([node], screen))
    }
    if ((name ?? serial) !== undefined)
      throw new Refusal(`--${name === undefined ? 'serial' : 'name'} is of one machine; name it`, 2)
    const chosen = { filter: selection, batch: inBatch }
    await onMany(call as Call<Flags>, chosen, 'be registered', { action: 'adopt', adopt: given })
  },
})

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
    const chosen = { filter, batch: values.batch }
    if (filter !== null || words.length > 1) return onMany(call as Call<Flags>, chosen, lost, { action: 'delete' })
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

export const actionVerbs = [...actions.map(verbOf), remove, adopt]
