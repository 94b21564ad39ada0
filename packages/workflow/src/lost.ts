import type { Reason, Run } from '@eims/contracts'
import { type Change, endAttempt, endRun } from './ending.ts'
import { MAX_LOST_ATTEMPTS } from './lease.ts'
import { withAction } from './run.ts'

/**
 * Whether action `index` can be begun once more after an attempt whose end nobody heard of; if not, the reason that
 * fails the run. Only attempts since the run was last begun count, so that a retry by a person starts afresh.
 */
function faultOfLosing(run: Run, index: number): Reason | null {
  const action = run.actions[index]
  if (!action) return null
  const { name, repeatable } = action.definition
  if (!repeatable) return { code: 'action-not-repeatable', slots: { action: name } }
  const lost = action.attempts.filter(
    (attempt) => attempt.state === 'LOST' && attempt.startedAt >= (run.startedAt ?? 0),
  ).length
  return lost < MAX_LOST_ATTEMPTS ? null : { code: 'action-lost', slots: { action: name, times: lost } }
}

/** The newest attempt of action `index` is over without a word; the run fails when the action cannot be begun again. */
export function loseAttempt(run: Run, index: number, now: number): Change {
  const change = endAttempt(run, index, { state: 'LOST' }, now)
  const fault = faultOfLosing(change.run, index)
  if (!fault) return change
  return endRun({ ...change, run: withAction(change.run, index, { state: 'FAILED' }) }, 'FAILED', fault, now)
}
