import { type BulkReport, MAX_BULK, type Node } from '@eims/contracts'
import { reading, readings, server } from '../server/client.ts'
import { readNodes } from '../server/list.ts'
import { type BulkChange, type BulkName, canUndo, isQuick, type UndoStep, undoOf } from './bulk-actions.ts'

/** What an action is done to: nodes that are known here, or all that fit a filter. */
export type Chosen = { nodes: readonly Node[] } | { filter: string; count: number }

export interface Outcome {
  done: number
  failed: BulkReport['failed']
  /** a person ended it, or a request failed as a whole: so many were not tried */
  left: number
  /** why, where a request failed */
  wrong: unknown
  /** takes back what was done; null: it cannot be */
  undo: (() => Promise<void>) | null
}

/** Of what looks at each machine's run: small enough that the progress moves. */
const AT_ONCE = 100
/** Of what is done to many by a few statements. */
const TOGETHER = 1000
const TIMEOUT_MS = 300_000
/** Requests of an undo under way at a time. */
const UNDONE_AT_ONCE = 4

const send = (select: { ids: string[] } | { filter: string }, change: BulkChange) =>
  server('bulkNodes', { body: { ...change, select } }, { timeout: TIMEOUT_MS })

/**
 * Does it. What takes its time, and what may be taken back, is done to the nodes that are there when it begins, some at a
 * time; all else goes by the filter, in one request.
 * @param onProgress how many were tried; null: nobody can tell
 * @param signal ends it behind the request that is under way
 * @throws what the first request failed with: nothing was done then
 */
export async function runBulk(
  chosen: Chosen,
  change: BulkChange,
  onProgress: (tried: number | null, of: number) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const name = change.action as BulkName
  const count = 'nodes' in chosen ? chosen.nodes.length : chosen.count
  const isUndone = canUndo(name, count)
  if ('filter' in chosen && isQuick(name) && !isUndone) {
    onProgress(null, count)
    const { done, failed } = await send({ filter: chosen.filter }, change)
    return { done, failed, left: 0, wrong: null, undo: null }
  }
  if ('filter' in chosen) onProgress(null, count)
  const nodes = 'nodes' in chosen ? chosen.nodes : await readNodes({ filter: chosen.filter }, MAX_BULK, signal)
  const outcome: Outcome = { done: 0, failed: [], left: 0, wrong: null, undo: null }
  const size = isQuick(name) ? TOGETHER : AT_ONCE
  let tried = 0
  try {
    for (; tried < nodes.length && !signal.aborted; tried = Math.min(nodes.length, tried + size)) {
      onProgress(tried, nodes.length)
      const part = nodes.slice(tried, tried + size)
      const { done, failed } = await send({ ids: part.map(({ id }) => id) }, change)
      outcome.done += done
      outcome.failed.push(...failed)
    }
  } catch (wrong) {
    if (tried === 0) throw wrong
    outcome.wrong = wrong
  }
  outcome.left = nodes.length - tried
  const steps = isUndone ? undoOf(change, nodes.slice(0, tried), new Set(outcome.failed.map(({ node }) => node))) : []
  return { ...outcome, undo: steps.length === 0 ? null : () => takeBack(steps) }
}

async function takeBack(steps: readonly UndoStep[]): Promise<void> {
  const queue = steps.values()
  const worker = async () => {
    for (const { ids, ...change } of queue) await send({ ids }, change)
  }
  try {
    await Promise.all(Array.from({ length: UNDONE_AT_ONCE }, worker))
  } finally {
    renewNodes()
  }
}

/** Whatever lists or counts nodes is read anew: the change is to be seen at once, whenever its events come. */
export function renewNodes(): void {
  for (const queryKey of [reading.nodes, reading.overview, reading.batches])
    void readings.invalidateQueries({ queryKey })
}
