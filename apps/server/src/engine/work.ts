import type { NodeFacts, Run } from '@eims/contracts'
import { type Changes, type Db, lockNode, type MachineState, readMachine, writeChanges } from '@eims/registry'
import type { Engine } from './engine.ts'

/** One machine under its lock: what is known of it, and what is written in one go when the work is done. */
export interface Work {
  tx: Db
  state: MachineState & { node: NodeFacts }
  changes: Changes & Required<Pick<Changes, 'events' | 'logs'>>
  /** what was written of runs so far */
  runs: { before: Run | null; after: Run }[]
}

/** Starts the work on a machine whose lock the caller holds. Throws when it is no node, and ClockJumped. */
export async function beginWork(
  { clock }: Pick<Engine, 'clock'>,
  tx: Db,
  of: Parameters<typeof readMachine>[1],
): Promise<Work> {
  const state = await clock.heed(() => readMachine(tx, of))
  const { node } = state
  if (!node) throw new Error('there is no node to work on')
  return { tx, state: { ...state, node }, changes: { events: [], logs: [] }, runs: [] }
}

/** Writes down what the work came to so far. */
export async function endWork(work: Work): Promise<void> {
  const { tx, changes } = work
  work.changes = { events: [], logs: [] }
  await writeChanges(tx, changes)
  if (changes.run) work.runs.push(changes.run)
}

/** A transaction, once more when the clock jumped in it. */
export const transact = <T>(
  { registry, clock }: Pick<Engine, 'registry' | 'clock'>,
  work: (tx: Db) => Promise<T>,
): Promise<T> => clock.steadily(() => registry.transaction(work))

/** What is known of a machine at a glance, without its lock. */
export const lookUp = (
  { registry, clock }: Pick<Engine, 'registry' | 'clock'>,
  of: Parameters<typeof readMachine>[1],
) => clock.steadily(() => clock.heed(() => readMachine(registry.db, of)))

/**
 * Does some work on one machine, alone: under its lock, in a transaction.
 * @param of.sessionId read its agent's session as well; `of.runId`: look at this run instead of the newest
 * @returns null when there is no such node
 */
export async function withMachine<T>(
  engine: Pick<Engine, 'registry' | 'clock' | 'tally'>,
  of: { nodeId: string; sessionId?: string; runId?: string },
  doIt: (work: Work) => Promise<T>,
): Promise<T | null> {
  const worked = await transact(engine, async (tx) => {
    if (!(await lockNode(tx, of.nodeId))) return null
    const work = await beginWork(engine, tx, of)
    const done = await doIt(work)
    await endWork(work)
    return { done, runs: work.runs }
  })
  for (const { before, after } of worked?.runs ?? []) engine.tally.note(before, after)
  return worked ? worked.done : null
}

/** Adds to what is written of the host; what this work said of it before stays unless it is said anew. */
export function setNode({ state, changes }: Work, change: Omit<NonNullable<Changes['node']>, 'id'>): void {
  changes.node = { ...changes.node, ...change, id: state.node.id }
}

/** Notes that the machine was heard just now, unless that stands there already. */
export function heard(work: Work, sessionId: string): void {
  if (work.state.seenLately) return
  setNode(work, { seen: true })
  work.changes.session = sessionId
}
