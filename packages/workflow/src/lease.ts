import type { ActionRun, Reason, Run } from '@eims/contracts'
import { type Change, endAttempt, endRun } from './ending.ts'
import type { Step } from './events.ts'
import { unchanged, withAction } from './run.ts'

/**
 * A lease is swept only this long after it ran out. A server that was down finds every lease over by the clock;
 * agents repeat a report within seconds of its return, so they get this much time to be heard first.
 */
const LEASE_GRACE_SECONDS = 60

/** So many attempts of one action may be lost before the run fails: a machine that dies each time is broken. */
const MAX_LOST_ATTEMPTS = 5

/**
 * Time passed. A lease that ran out makes its attempt LOST; an attempt that is heard of but takes longer than its
 * action may is TIMED_OUT. Only a live lease is judged by the timeout: what happened in silence (the server was away,
 * the machine was off) may have been done long ago.
 */
export function tick(run: Run, listeningSince: number, now: number): Step {
  const index = run.actions.findIndex((action) => action.attempts.at(-1)?.state === 'RUNNING')
  const action = run.actions[index]
  const attempt = action?.attempts.at(-1)
  if (run.state !== 'RUNNING' || !action || !attempt) return unchanged(run, { kind: 'ok' })

  const silentSince = Math.max(attempt.leaseUntil, listeningSince)
  if (attempt.leaseUntil <= now) {
    if (now - silentSince < LEASE_GRACE_SECONDS * 1000) return unchanged(run, { kind: 'ok' })
    return { ...loseAttempt(run, index, now), answer: { kind: 'ok' } }
  }
  if (!isOverdue(action, now)) return unchanged(run, { kind: 'ok' })
  return { ...timeOut(run, index, now), answer: { kind: 'ok' } }
}

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

/** Whether the newest attempt of an action takes longer than the action may. */
export function isOverdue({ definition, attempts }: ActionRun, now: number): boolean {
  const latest = attempts.at(-1)
  return latest !== undefined && now - latest.startedAt > definition.timeout * 1000
}

/** Ends the newest attempt of action `index` and the run with it. */
export function timeOut(run: Run, index: number, now: number, heard = {}): Change {
  const { name, timeout } = run.actions[index]?.definition ?? { name: 'an action', timeout: 0 }
  const change = endAttempt(run, index, { state: 'TIMED_OUT', heard }, now)
  return endRun(change, 'TIMED_OUT', { code: 'action-timed-out', slots: { action: name, seconds: timeout } }, now)
}
