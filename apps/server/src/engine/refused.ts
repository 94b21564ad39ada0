import { ProblemError, type Reason, readReason, told, worded } from '@eims/contracts'
import type { Engine } from './engine.ts'

/** Refusals that tell of a machine out of step with its node; of others (no database, a faulty body) nothing is to be learned. */
const OUT_OF_STEP = new Set(['session-over', 'stale-report', 'unauthenticated', 'wrong-state'])

/**
 * Does what a machine's call asks for. When it is refused because the machine is out of step with its node, that goes
 * onto the node's timeline; the refusal itself goes to the caller.
 * @param from.nodeId whose call it is, as far as that is known by then; null: nobody's
 */
export async function noting<T>(
  { sink }: Pick<Engine, 'sink'>,
  from: { of: 'agent' | 'os'; nodeId: string | null; mac: string | null },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { of, nodeId, mac } = from
    if (nodeId !== null && error instanceof ProblemError && OUT_OF_STEP.has(error.code)) {
      const reason: Reason = readReason(error.reason) ?? told(error.message)
      sink.record(worded({ kind: 'report.refused', nodeId, mac, data: { of, reason } }))
    }
    throw error
  }
}
