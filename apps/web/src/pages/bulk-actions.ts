import { type BulkAction, type BulkInput, includesRole, type Node, type Role } from '@eims/contracts'

/** What the list offers to do with many, in the order of its buttons. */
export const BULK_ACTIONS = [
  'provision',
  'retry',
  'hold',
  'release',
  'set',
  'adopt',
  'cancel',
  'reprovision',
  'delete',
] as const satisfies readonly BulkAction[]
export type BulkName = (typeof BULK_ACTIONS)[number]

/** What is asked of the server, but for whom. */
export type BulkChange = Omit<BulkInput, 'select'>

/** Done to thousands in a second, in one request; of the others each machine is looked at by itself. */
const QUICK: readonly BulkName[] = ['hold', 'release', 'set', 'adopt', 'delete']
export const isQuick = (name: BulkName): boolean => QUICK.includes(name)

/** PURE: the actions of a role. */
export const bulkActionsOf = (role: Role): readonly BulkName[] =>
  includesRole(role, 'operator') ? BULK_ACTIONS.filter((name) => name !== 'delete' || includesRole(role, 'admin')) : []

/** PURE: a filter of what all of them let through; empty ones let everything through, and so does none. */
export const allOf = (...filters: readonly string[]): string => {
  const said = filters.filter((filter) => filter !== '')
  return said.length < 2 ? (said[0] ?? '') : said.map((filter) => `(${filter})`).join(' AND ')
}

/** So many can be undone: what they had is read before, a page of the list. */
export const MOST_UNDONE = 1000

export const canUndo = (name: BulkName, count: number): boolean =>
  (name === 'hold' || name === 'release' || name === 'set') && count <= MOST_UNDONE

/** One request of those that take an action back. */
export type UndoStep = BulkChange & { ids: string[] }

/**
 * PURE: what takes an action back: those that had the same before together.
 * @param before the nodes as they were
 * @param failed names of those to which nothing was done
 */
export function undoOf(change: BulkChange, before: readonly Node[], failed: ReadonlySet<string>): UndoStep[] {
  const steps = new Map<string, UndoStep>()
  for (const node of before) {
    if (failed.has(node.name)) continue
    const step = formerOf(change, node)
    const key = JSON.stringify(step)
    const known = steps.get(key)
    if (known) known.ids.push(node.id)
    else steps.set(key, { ...step, ids: [node.id] })
  }
  return [...steps.values()]
}

function formerOf({ action, set }: BulkChange, { hold, batch, profile, metadata }: Node): BulkChange {
  if (action !== 'set') return hold === null ? { action: 'release' } : { action: 'hold', reason: hold }
  const notes = Object.keys(set?.mergeMetadata ?? {}).map((key) => [key, metadata[key] ?? null] as const)
  const former = {
    ...(set?.batch === undefined ? {} : { batch }),
    ...(set?.profile === undefined ? {} : { profile }),
    ...(notes.length === 0 ? {} : { mergeMetadata: Object.fromEntries(notes) }),
  }
  return { action: 'set', set: former }
}

/**
 * PURE: notes as they are typed, a `key=value` in each line; `key=` removes that one.
 * @returns the changes, or the line that is none
 */
export function notesOf(text: string): { changes: Record<string, string | null> } | { wrong: string } {
  const changes: Record<string, string | null> = {}
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) return { wrong: line }
    changes[key.trim()] = value.trim() === '' ? null : value.trim()
  }
  return { changes }
}

/** What a report says of some: why, and who. */
export interface Failures {
  key: string
  why: BulkFailure
  nodes: string[]
}
export type BulkFailure = { node: string; code: string; detail: string; reason?: { code: string } | undefined }

/** PURE: what was not done, by why; the most first. */
export function grouped<F extends BulkFailure>(failed: readonly F[]): { key: string; why: F; nodes: string[] }[] {
  const groups = new Map<string, { key: string; why: F; nodes: string[] }>()
  for (const why of failed) {
    const key = why.reason?.code ?? why.code
    const group = groups.get(key)
    if (group) group.nodes.push(why.node)
    else groups.set(key, { key, why, nodes: [why.node] })
  }
  return [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length)
}

/** Characters of a filter, which has 2,000 at most, and comparisons, of which it has 64. */
const MOST_NAMES = 60
const MOST_CHARACTERS = 1900

/** PURE: a filter for nodes by their names, for as many of the first as a filter has room for. */
export function filterOfNames(names: readonly string[]): { filter: string; count: number } {
  let filter = ''
  let count = 0
  for (const name of names.slice(0, MOST_NAMES)) {
    const longer = filter === '' ? `name = ${name}` : `${filter} OR name = ${name}`
    if (longer.length > MOST_CHARACTERS) break
    filter = longer
    count++
  }
  return { filter, count }
}
