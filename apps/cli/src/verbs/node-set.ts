import { type BulkInput, type BulkReport, type CallInput, changeMetadata, type Node } from '@eims/contracts'
import { actOnAll, refuseFailures, renderReport } from '../bulk.ts'
import { type Call, command } from '../command.ts'
import { configGiven } from '../config-flag.ts'
import { confirm, yesFlag } from '../confirm.ts'
import { changeDiskRule } from '../disk-flags.ts'
import { metadataChanges } from '../metadata-flags.ts'
import { defined } from '../needed.ts'
import { renderNodes } from '../node-text.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import { inBatchFlag, namedNodes, selected, selectionFlags, selectionOf, someNodes } from '../selection.ts'
import { nodeFlags, wishFlags } from './node-registry.ts'

const flags = {
  name: { type: 'string', value: 'NAME', says: 'a host name; an OS that is installed keeps the one it has' },
  ...wishFlags,
  ...nodeFlags,
  mac: { ...nodeFlags.mac, says: 'MACs of its NICs; all former ones go' },
  filter: selectionFlags.filter,
  'in-batch': inBatchFlag,
  ...yesFlag,
} as const

/** "" clears what may be absent. */
const orNull = (value: string | undefined) => (value === '' ? null : value)

type Values = Call<typeof flags>['values']

/** Everything but what depends on the node as it is. */
const plainChanges = (values: Values) =>
  defined({
    name: values.name,
    serial: orNull(values.serial),
    uuid: orNull(values.uuid),
    macs: values.mac && (values.mac.length === 1 && values.mac[0] === '' ? [] : values.mac),
    manufacturer: orNull(values.manufacturer),
    product: orNull(values.product),
    profile: orNull(values.profile),
    batch: orNull(values.batch),
    account: orNull(values.account),
    netbootPolicy: values.netboot,
    bootFile: orNull(values['boot-file']),
    secureBoot: orNull(values['secure-boot']),
    config: configGiven(values.config),
  })

/** What is sent for one of many nodes: parts of its disk rule that are not mentioned stay, as do other notes. */
function changesOf(node: Pick<Node, 'disk'> | null, values: Values, plain = plainChanges(values)) {
  const mergeMetadata = values.metadata && metadataChanges(values.metadata)
  return { ...plain, ...defined({ mergeMetadata, disk: changeDiskRule(node?.disk, values) }) }
}

export const set = command({
  name: 'nodes set',
  summary: 'change machines: name, profile, batch, notes, disk, identifiers, network boot',
  usage: 'NODE... [OPTIONS]\n(--filter FILTER | --in-batch BATCH) [OPTIONS]',
  words: someNodes,
  options: flags,
  about: `
"" clears what may be absent: --profile "" means the site's default profile, --boot-file "" the usual one, --secure-boot ""
as its model or the site has it.

A run that was made already, also a failed one, keeps what it was made with. To image the machine with another profile:
./eims nodes reprovision NODE --reason TEXT`,
  async run(call) {
    const { words, values } = call
    const plain = plainChanges(values)
    const changes = changesOf(null, values, plain)
    if (Object.keys(changes).length === 0) throw new Refusal('nothing to change; see --help', 2)
    const filter = selectionOf(words, { filter: values.filter, batch: values['in-batch'] })
    if (filter === null && words.length === 1) return setOne(call, plain)
    for (const own of ['name', 'serial', 'uuid', 'macs'])
      if (own in changes) throw new Refusal(`--${own === 'macs' ? 'mac' : own} is of one machine; name it`, 2)
    await setMany(call, filter)
  },
})

async function setOne(
  { name, values, client, show }: Call<typeof flags>,
  plain: ReturnType<typeof plainChanges>,
): Promise<void> {
  const params = { id: name }
  const dependent = values.metadata !== undefined || changeDiskRule(null, values) !== undefined
  const node = dependent ? await client('getNode', { params }) : null
  const { mergeMetadata, ...patch } = changesOf(node, values, plain)
  const metadata = mergeMetadata && changeMetadata(node?.metadata ?? {}, mergeMetadata)
  const body = { ...patch, ...defined({ metadata }) } as CallInput<'patchNode'>['body']
  show(await client('patchNode', { params, body }), (changed, screen) => renderNodes([changed], screen))
}

/** Nodes that end up with the same are changed together. */
async function setMany(call: Call<typeof flags>, filter: string | null): Promise<void> {
  const { values } = call
  const nodes = await (filter === null
    ? namedNodes(call.client, call.words)
    : selected(call.client, filter, values['in-batch']))
  if (nodes.length === 0) throw new Refusal(`no node matches ${filter}`, 5)
  await confirm(`${nodes.length} nodes will be changed.`, { yes: values.yes, many: filter !== null })
  const groups = Map.groupBy(nodes, (node) => JSON.stringify(changesOf(node, values)))
  const all: BulkReport = { matched: 0, done: 0, failed: [] }
  for (const [patch, members] of groups) {
    const action = { action: 'set', set: JSON.parse(patch) } as Omit<BulkInput, 'select'>
    const ids = members.map(({ id }) => id)
    const report = await actOnAll(call.client, ids, action, progressLine(process.stderr))
    all.matched += report.matched
    all.done += report.done
    all.failed = all.failed.concat(report.failed)
  }
  call.show(all, renderReport)
  refuseFailures(all)
}
