import { bytes, type LogEntry, type Node, type NodeDetail, type Stage, type Timeline } from '@eims/contracts'
import { diskText } from './disk-flags.ts'
import { harmless } from './harmless.ts'
import { type Listing, renderList } from './listing.ts'
import { metadataText } from './metadata-flags.ts'
import { clock, duration, fields, table } from './output.ts'
import type { Screen, Tint } from './screen.ts'
import { secureBootRows } from './secure-boot-text.ts'

const stateOf = (node: Node) => node.instance?.state ?? node.state

const policyWords = { allowed: '', denied: 'network boot denied', local: 'boots its own disk' }
/** What is not the rule about its network boot; empty for most. */
const netbootWords = ({ netbootPolicy, bootFile, secureBoot }: Node) =>
  [policyWords[netbootPolicy], bootFile ? `boot file ${bootFile}` : '', secureBoot ? `signed chain ${secureBoot}` : '']
    .filter(Boolean)
    .join(', ')

/** A person's hold, else what the machine waits for. */
const waitWords = ({ hold, waiting }: Node) =>
  hold === null ? (waiting ? `waits: ${waiting.text}` : '') : `held: ${hold}`

const tints: Record<string, Tint> = {
  RUNNING: 'good',
  PROVISIONED: 'good',
  SUCCEEDED: 'good',
  PROVISIONING: 'busy',
  FAILED: 'bad',
  TIMED_OUT: 'bad',
  UNTRUSTED: 'bad',
  PENDING: 'warn',
}
const stateTint = (state: string): Tint | null => tints[state] ?? null

const actionTints: Record<string, Tint> = { ...tints, RUNNING: 'busy', PENDING: 'dim' }
const actionTint = (state: string): Tint | null => actionTints[state] ?? null

/** An agent at work reports every few seconds; two minutes also allow for clocks that differ. */
const SILENT_MS = 120_000

/** How far a node's run is: `write-image 42 %`, and since when nothing is heard of its agent; empty without a run. */
function underWay({ run, lastSeenAt }: Node, now: number): string {
  if (run?.state !== 'RUNNING') return ''
  const action = run.actions.find(({ state }) => state === 'RUNNING')
  const silent = lastSeenAt !== null && now - Date.parse(lastSeenAt) > SILENT_MS
  const at = action ? [action.name, percent(action.progress)].filter(Boolean).join(' ') : ''
  return [at, silent ? `silent since ${clock(lastSeenAt)}` : ''].filter(Boolean).join(', ')
}

/** What a list tells of nodes. @param now ms since 1970, of this machine */
export const nodeListing = (now = Date.now()): Listing<Node> => ({
  none: 'no machines\n',
  nameOf: ({ name }) => name,
  columns: [
    { name: 'name', cell: ({ name }) => name },
    { name: 'serial', yields: 2, cell: ({ serial }) => serial },
    { name: 'mac', yields: 1, cell: ({ macs }) => macs[0] },
    { name: 'batch', rare: true, yields: 3, cell: ({ batch }) => batch },
    { name: 'profile', cell: profileWords },
    { name: 'state', cell: stateOf, tint: stateTint },
    { name: 'uuid', wide: true, cell: ({ uuid }) => uuid },
    { name: 'macs', wide: true, cell: ({ macs }) => macs.join(';') },
    { name: 'manufacturer', wide: true, cell: ({ manufacturer }) => manufacturer },
    { name: 'product', wide: true, cell: ({ product }) => product },
    { name: 'account', wide: true, cell: ({ account }) => account },
    { name: 'registered', wide: true, cell: ({ registered }) => (registered ? 'yes' : 'no') },
    { name: 'last-seen', wide: true, cell: ({ lastSeenAt }) => clock(lastSeenAt) },
    { name: 'made', wide: true, cell: ({ createdAt }) => clock(createdAt) },
    { name: 'id', wide: true, cell: ({ id }) => id },
    {
      name: 'status',
      cell: (node) =>
        [netbootWords(node), waitWords(node) || underWay(node, now) || (node.instance ?? node).status.reason.text]
          .filter(Boolean)
          .join('; '),
    },
  ],
})

/** Nodes as a table, one a line; the column of batches only when one has a batch. `now`: ms since 1970, of this machine. */
export const renderNodes = (nodes: Node[], screen?: Screen, now = Date.now()): string =>
  renderList(nodes, nodeListing(now), {}, screen)

/** The profile that it is to have, and the one that is on its disk where that is another. */
function profileWords({ profile, instance, installed }: Node): string | null | undefined {
  const wanted = profile ?? instance?.profile
  return installed && installed.profile !== wanted ? `${wanted ?? '-'} (has ${installed.profile})` : wanted
}

const installedWords = ({ profile, version, image, manifestSha256 }: NonNullable<Node['installed']>) =>
  `${[profile, version].filter(Boolean).join(' ')}, image ${image} (${manifestSha256.slice(0, 12)})`

const mediumWords = ({ medium, state, at, agent, disk }: NonNullable<NodeDetail['medium']>) =>
  [
    `${medium.slice(0, 12)}, ${state} at ${clock(at)} by its own clock`,
    disk && `on ${disk.path}`,
    agent && `by agent ${agent}`,
  ]
    .filter(Boolean)
    .join(', ')

/** A disk is found again by its place, whatever the next start calls it; `--disk match=PLACE` takes it as well. */
const diskWords = ({
  path,
  size,
  transport,
  busPath,
}: NonNullable<NodeDetail['inventory']>['disks'][number]): [string, string] => [
  'disk',
  [path, bytes(size), transport, busPath && `at ${busPath}`].filter(Boolean).join(' '),
]

const percent = (progress: number | null) => (progress === null ? null : `${Math.round(progress * 100)} %`)

/** One node with everything that is known: identity, state, run, stages, timeline. */
export function renderDetail(node: NodeDetail, { events, stages }: Timeline, screen?: Screen): string {
  const parts = [
    fields(
      [
        ['name', node.name],
        ['serial', node.serial],
        ['UUID', node.uuid],
        ['MACs', node.macs.join(', ')],
        ...optional('not confirmed', node.provisional.join(', ')),
        ...optional('claimed by MAC', node.claimedMac ?? null),
        ['machine', [node.manufacturer, node.product].filter(Boolean).join(' ')],
        ['registered', node.registered ? 'yes' : 'no: it appeared by itself'],
        ['profile', node.profile],
        ...optional('batch', node.batch),
        ...optional('account', node.account),
        ...optional('disk rule', diskText(node.disk)),
        ...optional('metadata', metadataText(node.metadata ?? {})),
        ...optional('network boot', netbootWords(node)),
        ['host', `${node.state}: ${node.status.reason.text}`],
        ['instance', node.instance ? `${node.instance.state}: ${node.instance.status.reason.text}` : null],
        ...optional('held', node.hold),
        ...optional('waits', node.hold === null ? (node.waiting?.text ?? null) : null),
        ...optional('installed', node.installed && installedWords(node.installed)),
        ...optional('from medium', node.medium && mediumWords(node.medium)),
        ['OS', node.instance?.osVersion],
        ...(node.warnings ?? []).map(({ text }): [string, string] => ['warning', text]),
        ...secureBootRows(node.inventory),
        ...(node.inventory?.disks ?? []).map(diskWords),
        ['last seen', clock(node.lastSeenAt)],
      ],
      screen,
    ),
  ]
  if (node.run)
    parts.push(
      `run ${node.run.id}: ${node.run.state}${node.run.reason ? `, ${node.run.reason.text}` : ''}\n`,
      table(
        ['ACTION', 'STATE', 'DONE', 'ATTEMPTS', 'MESSAGE'],
        node.run.actions.map((action) => [
          action.name,
          action.state,
          percent(action.progress),
          action.attempts,
          action.reason?.text,
        ]),
        screen,
        { tints: { STATE: actionTint }, wrapLast: true },
      ),
    )
  const way = lastWay(node, stages)
  if (way.length > 0)
    parts.push(
      table(
        ['STAGE', 'TOOK'],
        way.map((stage) => [stage.name, duration(stage.seconds)]),
        screen,
      ),
    )
  if (events.length > 0)
    parts.push(
      table(
        ['TIME', 'EVENT', 'WHAT'],
        events.map((event) => [
          clock(event.at),
          event.count > 1 ? `${event.kind} ×${event.count}` : event.kind,
          event.message,
        ]),
        screen,
        { wrapLast: true },
      ),
    )
  return parts.join('\n')
}

const optional = (name: string, value: string | null): [string, string][] => (value ? [[name, value]] : [])

/** The stages of the last pass; of a unit that runs its OS the last one in which it was written, not its way to the disk. */
function lastWay(node: NodeDetail, stages: Stage[]): Stage[] {
  const finished = node.instance?.state === 'RUNNING' || node.instance?.state === 'PROVISIONED'
  const last = (finished ? stages.findLast(({ name }) => name === 'write') : undefined) ?? stages.at(-1)
  return stages.filter(({ pass }) => pass === last?.pass)
}

/** One log line. */
export const renderLog = (entry: LogEntry): string =>
  `${clock(entry.at)} ${entry.action}#${entry.attempt} ${harmless(entry.text)}\n`
