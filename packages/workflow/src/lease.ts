import type { ActionRun, Reason, Run } from '@eims/contracts'
import { type Change, endAttempt, endRun, settled } from './ending.ts'
import { eventOf, type Step } from './events.ts'
import { attemptsSince, currentAction, endOf, isHeld, isOutOfTime, unchanged, withAction } from './run.ts'

/**
 * A lease is swept only this long after it ran out. A server that was down finds every lease over by the clock;
 * agents repeat a report within seconds of its return, so they get this much time to be heard first.
 */
const LEASE_GRACE_SECONDS = 60

/** So many attempts of one action may be lost before the run fails: a machine that dies each time is broken. */
const MAX_LOST_ATTEMPTS = 5

/**
 * Time passed. A lease that ran out makes its attempt LOST; an attempt that is heard of but takes longer than its
 * action may is TIMED_OUT, an action that is to be tried again when the time of all its attempts is up as well, and so is a run that takes longer than it may. Only a live lease is judged by the time-outs:
 * what happened in silence (the server was away, the machine was off) may have been done long ago. For a run that stands
 * still by a person's word no time passes.
 */
export function tick(run: Run, listeningSince: number, now: number): Step {
  if (endOf(run) || run.pause) return unchanged(run, { kind: 'ok' })
  const index = run.actions.findIndex((action) => action.attempts.at(-1)?.state === 'RUNNING')
  const action = run.actions[index]
  const attempt = action?.attempts.at(-1)
  if (attempt && attempt.leaseUntil <= now) {
    const silentSince = Math.max(attempt.leaseUntil, listeningSince)
    if (now - silentSince < LEASE_GRACE_SECONDS * 1000) return unchanged(run, { kind: 'ok' })
    return { ...loseAttempt(run, index, now), answer: { kind: 'ok' } }
  }
  if (isPastDue(run, now)) return { ...timeOutRun(run, now), answer: { kind: 'ok' } }
  const waits = action ? null : currentAction(run)
  // One that was lost may still be told of, and is not begun anew before somebody asks.
  const over = waits && !isHeld(waits.action) ? outOfTime(run, now) : null
  if (over) return { ...over, answer: { kind: 'ok' } }
  if (!action || !isOverdue(run, action, now)) return unchanged(run, { kind: 'ok' })
  return { ...timeOut(run, index, now), answer: { kind: 'ok' } }
}

/**
 * Whether action `index` can be begun once more after an attempt whose end nobody heard of; if not, the reason that
 * fails the run.
 */
function faultOfLosing(run: Run, index: number): Reason | null {
  const action = run.actions[index]
  if (!action) return null
  const { name, repeatable } = action.definition
  if (!repeatable) return { code: 'action-not-repeatable', slots: { action: name } }
  const lost = attemptsSince(action).filter(({ state }) => state === 'LOST').length
  return lost < MAX_LOST_ATTEMPTS ? null : { code: 'action-lost', slots: { action: name, times: lost } }
}

/** The newest attempt of action `index` is over without a word; the run fails when the action cannot be begun again. */
export function loseAttempt(run: Run, index: number, now: number): Change {
  const change = endAttempt(run, index, { state: 'LOST' }, now)
  const fault = faultOfLosing(change.run, index)
  if (!fault) return change
  return settled({ ...change, run: withAction(change.run, index, { state: 'FAILED' }) }, fault, now)
}

/** Whether the newest attempt of an action takes longer than it may, or all of them together do. */
export function isOverdue(run: Run, action: ActionRun, now: number): boolean {
  const { definition, attempts } = action
  const latest = attempts.at(-1)
  const isLong = definition.timeout > 0 && latest !== undefined && now - latest.startedAt > definition.timeout * 1000
  return isLong || isOutOfTime(run, action, now)
}

/** What becomes of the action that comes next when its time is up before it is tried again; null: it is not. */
export function outOfTime(run: Run, now: number): Change | null {
  const { action, index } = currentAction(run) ?? {}
  if (!action || index === undefined || !isOutOfTime(run, action, now)) return null
  const { name } = action.definition
  const reason = timedOut(run, action, now)
  const attempt = action.attempts.at(-1)?.number ?? 0
  const data = { action: name, attempt, state: 'TIMED_OUT', exitCode: null, reason, forGood: true }
  const change: Change = {
    run: withAction(run, index, { state: 'TIMED_OUT' }),
    effects: [eventOf('action.ended', data)],
  }
  return settled(change, reason, now)
}

/** Of one attempt, or of all together. */
function timedOut(run: Run, action: ActionRun, now: number): Reason {
  const { name, timeout, within = 0 } = action.definition
  const seconds = isOutOfTime(run, action, now) ? within : timeout
  return { code: 'action-timed-out', slots: { action: name, seconds } }
}

/** Whether a run takes longer than it may. */
export const isPastDue = ({ dueAt, pause }: Run, now: number): boolean => !pause && dueAt !== null && now > dueAt

/** Ends the newest attempt of action `index`, and the run with it when the action is not tried again. */
export function timeOut(run: Run, index: number, now: number, heard = {}): Change {
  const action = run.actions[index]
  if (!action) throw new Error(`run ${run.id} has no action ${index}`)
  return settled(endAttempt(run, index, { state: 'TIMED_OUT', heard }, now), timedOut(run, action, now), now)
}

/** Ends the run, and the attempt that is on: there is no time left for what would come after a failure, either. */
export function timeOutRun(run: Run, now: number, heard = {}): Change {
  const index = run.actions.findIndex((action) => action.attempts.at(-1)?.state === 'RUNNING')
  const change: Change = index < 0 ? { run, effects: [] } : endAttempt(run, index, { state: 'TIMED_OUT', heard }, now)
  const reason: Reason = run.reason ?? { code: 'run-timed-out', slots: { seconds: run.timeout } }
  return endRun(change, 'TIMED_OUT', reason, now)
}
