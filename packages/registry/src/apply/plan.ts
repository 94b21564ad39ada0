import { isDeepStrictEqual } from 'node:util'
import { type AppliedChange, type ApplyNode, type ApplyProblem, ProblemError } from '@eims/contracts'
import { type Identifier, identifierRows } from '../identity/identifiers.ts'
import { differentMakers } from '../identity/identity.ts'
import type { KnownIdentifier, KnownNode, NodeState } from './known.ts'

/** What becomes of one node. */
export interface PlannedNode {
  index: number
  /** the node that it is; null: it is to be made */
  known: KnownNode | null
  /** as it is to be; the name is '' where it is still to be made */
  after: NodeState
  /** its config-file as it is to be stored; left out: it stays */
  config?: string | null
  changes: AppliedChange[]
  gone: KnownIdentifier[]
  fresh: FreshIdentifier[]
  /** of those that stay: a person says them, too, so they are provisional no more */
  confirmed: KnownIdentifier[]
  /** those of `fresh` that another maker's node has, too */
  shared: Set<Identifier>
}

/** Provisional is one that is judged again only. */
export type FreshIdentifier = Identifier & { provisional?: boolean }

export type NodeProblem = Omit<ApplyProblem, 'of'>

const blank: NodeState = {
  name: '',
  manufacturer: null,
  product: null,
  profile: null,
  batch: null,
  account: null,
  metadata: {},
  disk: null,
  hardware: null,
  netbootPolicy: 'allowed',
  bootFile: null,
  secureBoot: null,
}
const columns = Object.keys(blank) as (keyof NodeState)[]
const fieldOf = { serial: 'serial', uuid: 'uuid', mac: 'macs' } as const
const wordOf = { serial: 'serial', uuid: 'UUID', mac: 'MAC' } as const

/** PURE: identifiers of a node as their rows, and the fields of those that are none, with the reason. */
export function identifiersOf({ serial, uuid, macs }: ApplyNode): { rows: Identifier[]; problems: [string, string][] } {
  const given: [string, Parameters<typeof identifierRows>[0]][] = (macs ?? []).map((mac, at) => [
    `macs.${at}`,
    { macs: [mac] },
  ])
  if (uuid) given.unshift(['uuid', { uuid, macs: [] }])
  if (serial) given.unshift(['serial', { serial, macs: [] }])
  const problems: [string, string][] = []
  const rows = new Map<string, Identifier>()
  for (const [field, identity] of given)
    try {
      for (const row of identifierRows(identity)) rows.set(keyOf(row), row)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      problems.push([field, error.fields?.[0]?.message ?? error.message])
    }
  return { rows: [...rows.values()], problems }
}

const keyOf = ({ kind, value }: Identifier) => `${kind} ${value}`

/** PURE: which node each of them is, what differs, and everything that is wrong. Problems are in the order of the nodes. */
export function planNodes(
  nodes: ApplyNode[],
  known: KnownNode[],
  shared: ReadonlySet<string>,
): { planned: PlannedNode[]; problems: NodeProblem[] } {
  const problems: NodeProblem[] = []
  const names = new Map(known.map((node) => [node.name, node]))
  const owners = new Map<string, KnownNode[]>()
  for (const node of known)
    for (const identifier of node.identifiers)
      owners.set(keyOf(identifier), [...(owners.get(keyOf(identifier)) ?? []), node])
  const taken = new Map<string, number>()
  const namesGiven = new Map<string, number>()
  const planned: PlannedNode[] = []
  for (const [index, node] of nodes.entries()) {
    const note = (field: string, message: string, other: number | null = null) =>
      void problems.push({ index, field, message, other })
    const { rows, problems: wrong } = identifiersOf(node)
    for (const [field, message] of wrong) note(field, message)
    for (const { kind, value, shown } of rows)
      if (kind !== 'mac' && shared.has(value))
        note(kind, `${shown} is on the site’s list of shared identifiers; it cannot identify one machine`)
    const sameName = node.name === undefined ? undefined : namesGiven.get(node.name)
    if (sameName !== undefined) note('name', `${node.name} is given twice`, sameName)
    else if (node.name !== undefined) namesGiven.set(node.name, index)
    if (wrong.length > 0 || sameName !== undefined) continue
    const is = whichOf(node, rows, names, owners)
    if ('message' in is) {
      note(is.field, is.message)
      continue
    }
    const earlier = is.known && taken.get(is.known.id)
    if (is.known && typeof earlier === 'number') {
      note(node.name === undefined ? fieldOf[rows[0]!.kind] : 'name', `is node ${is.known.name} once more`, earlier)
      continue
    }
    if (is.known) taken.set(is.known.id, index)
    const plan = planOf(index, node, rows, is.known)
    if (
      plan.known &&
      plan.gone.length === plan.known.identifiers.length &&
      plan.gone.length > 0 &&
      plan.fresh.length === 0
    )
      note(fieldOf[plan.gone[0]!.kind], 'is the last one that tells the node from others')
    planned.push(plan)
  }
  judgeIdentifiers(planned, known, problems)
  return { planned, problems: problems.sort((a, b) => a.index - b.index) }
}

/** The name says which node it is; without one, or with one that nobody has, its identifiers do, as far as they contradict nothing. */
function whichOf(
  node: ApplyNode,
  rows: Identifier[],
  names: ReadonlyMap<string, KnownNode>,
  owners: ReadonlyMap<string, KnownNode[]>,
): { known: KnownNode | null } | { field: string; message: string } {
  const named = node.name === undefined ? undefined : names.get(node.name)
  if (named) return { known: named }
  const hits = rows.flatMap((row) =>
    (owners.get(keyOf(row)) ?? [])
      .filter((owner) => row.kind !== 'serial' || !differentMakers(node.manufacturer, owner.manufacturer))
      .map((owner) => ({ row, owner })),
  )
  const [first] = hits
  if (!first) {
    if (rows.length > 0) return { known: null }
    const message = `there is no node ${node.name}; give a serial, uuid or macs to register it`
    return { field: 'name', message }
  }
  const other = hits.find(({ owner }) => owner !== first.owner)
  if (other) {
    const [one, two] = [first, other].map(({ row, owner }) => `the ${wordOf[row.kind]} ${row.shown} is ${owner.name}’s`)
    return { field: fieldOf[other.row.kind], message: `${one}, and ${two}; say by its name which of them it is` }
  }
  const { owner, row } = first
  for (const kind of ['serial', 'uuid'] as const) {
    const recorded = owner.identifiers.filter((each) => each.kind === kind)
    const said = rows.find((each) => each.kind === kind)
    if (!said || recorded.length === 0 || recorded.some(({ value }) => value === said.value)) continue
    const message = `contradicts the registry: node ${owner.name}, which has the ${wordOf[row.kind]} ${row.shown}, has the ${wordOf[kind]} ${recorded[0]!.shown}; write name: ${owner.name} to change that`
    return { field: kind, message }
  }
  return { known: owner }
}

function planOf(index: number, node: ApplyNode, rows: Identifier[], known: KnownNode | null): PlannedNode {
  const before: NodeState = known ?? blank
  const after = Object.fromEntries(
    columns.map((field) => [field, node[field] === undefined ? before[field] : node[field] || blank[field]]),
  ) as unknown as NodeState
  const changes: AppliedChange[] = []
  const gone: KnownIdentifier[] = []
  const fresh: FreshIdentifier[] = []
  if (known && !known.registered) changes.push({ field: 'registered', from: false, to: true })
  if (after.name !== before.name) changes.push({ field: 'name', from: before.name || null, to: after.name })
  for (const kind of ['serial', 'uuid', 'mac'] as const) {
    if (node[fieldOf[kind]] === undefined) continue
    const was = (known?.identifiers ?? []).filter((each) => each.kind === kind)
    const wanted = rows.filter((row) => row.kind === kind)
    // Of several serials, as a merge leaves them, the first is the one that people see and write.
    const seen = kind === 'mac' ? was : was.slice(0, 1)
    const same = (one: Identifier, other: Identifier) => one.value === other.value && one.shown === other.shown
    if (seen.length === wanted.length && seen.every((one) => wanted.some((other) => same(one, other)))) continue
    gone.push(...was.filter((one) => !wanted.some((other) => same(one, other))))
    fresh.push(...wanted.filter((one) => !was.some((other) => same(one, other))))
    const shown = (of: Identifier[]) => (kind === 'mac' ? of.map((each) => each.shown) : (of[0]?.shown ?? null))
    changes.push({ field: fieldOf[kind], from: known ? shown(was) : null, to: shown(wanted) })
  }
  const provisional = (known?.identifiers ?? []).filter((each) => each.provisional && !gone.includes(each))
  const given = new Set(rows.map(keyOf))
  const confirmed = provisional.filter((each) => given.has(keyOf(each)))
  if (confirmed.length > 0) {
    const rest = provisional.filter((each) => !confirmed.includes(each))
    const shown = (of: Identifier[]) => of.map((each) => each.shown)
    changes.push({ field: 'provisional', from: shown(provisional), to: shown(rest) })
  }
  for (const field of columns) {
    if (field === 'name' || isDeepStrictEqual(after[field], before[field])) continue
    if (field === 'hardware') changes.push({ field, from: told(before[field]), to: told(after[field]) })
    else changes.push({ field, from: known ? before[field] : null, to: after[field] })
  }
  // A maker tells serials apart, so with another one its serials are judged again.
  const again = known && after.manufacturer !== before.manufacturer ? known.identifiers : []
  for (const each of again)
    if (each.kind === 'serial' && !gone.includes(each) && !fresh.some(({ kind }) => kind === 'serial')) {
      gone.push(each)
      const { kind, value, shown } = each
      fresh.push({ kind, value, shown, provisional: each.provisional && !confirmed.includes(each) })
    }
  return { index, known, after, changes, gone, fresh, confirmed, shared: new Set() }
}

/** A Hardware is too long for a list of what differs. */
const told = (hardware: NodeState['hardware']) =>
  hardware === null ? null : `${Buffer.byteLength(JSON.stringify(hardware))} bytes of JSON`

/** Whose each identifier is when all is done: two nodes may have one serial only, and of two makers. */
function judgeIdentifiers(planned: PlannedNode[], known: KnownNode[], problems: NodeProblem[]): void {
  const plans = new Map(planned.flatMap((plan) => (plan.known ? [[plan.known.id, plan] as const] : [])))
  const owners = new Map<string, { name: string; maker: string | null; index: number | null }[]>()
  const own = (row: Identifier, owner: { name: string; maker: string | null; index: number | null }) =>
    owners.set(keyOf(row), [...(owners.get(keyOf(row)) ?? []), owner])
  for (const node of known) {
    const plan = plans.get(node.id)
    const gone = new Set(plan?.gone)
    const owner = { name: node.name, maker: (plan?.after ?? node).manufacturer, index: plan?.index ?? null }
    for (const row of node.identifiers) if (!gone.has(row)) own(row, owner)
  }
  for (const { index, after, fresh, shared } of planned)
    for (const row of fresh) {
      const others = (owners.get(keyOf(row)) ?? []).filter((other) => other.index !== index)
      const same = others.find((other) => row.kind !== 'serial' || !differentMakers(after.manufacturer, other.maker))
      if (same) {
        const whose = same.index === null || same.name ? `belongs to node ${same.name}` : 'is given twice'
        const message = `${wordOf[row.kind]} ${row.shown} ${whose}`
        problems.push({ index, field: fieldOf[row.kind], message, other: same.index })
      } else if (others.length > 0) shared.add(row)
      own(row, { name: after.name, maker: after.manufacturer, index })
    }
}
