import type { Attempt, Reason, Run } from '@eims/contracts'
import { type Effect, eventOf } from './events.ts'
import { currentAction, type EndState, failedAction, isOutOfTime, withAction, withLatest } from './run.ts'
import { failuresOf } from './wait.ts'

/** A changed run and what the shell must do about it. */
export interface Change {
  run: Run
  effects: Effect[]
}

/**
 * Ends the newest attempt of action `index`, and the action with it unless it may be tried once more.
 * A lost or cancelled attempt leaves its action PENDING: nobody knows that it failed.
 */
export function endAttempt(
  run: Run,
  index: number,
  end: {
    state: Exclude<Attempt['state'], 'RUNNING'>
    heard?: Partial<Attempt>
    result?: Record<string, unknown> | null
  },
  now: number,
): Change {
  const action = run.actions[index]
  const latest = action?.attempts.at(-1)
  if (!action || !latest) throw new Error(`action ${index} of run ${run.id} has no attempt to end`)
  const ended = { ...action, attempts: withLatest(action, { ...end.heard, state: end.state, endedAt: now }) }
  const { name, retries = 0 } = action.definition
  const isOpen = end.state === 'LOST' || end.state === 'CANCELLED'
  const again = !isOpen && end.state !== 'SUCCEEDED' && failuresOf(ended) <= retries && !isOutOfTime(run, action, now)
  const changed = withAction(run, index, {
    ...ended,
    state: isOpen || again ? 'PENDING' : (end.state as 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT'),
    result: end.state === 'SUCCEEDED' ? (end.result ?? {}) : null,
  })
  const reason = end.heard?.reason ?? latest.reason
  const exitCode = end.heard?.exitCode ?? null
  const data = { action: name, attempt: latest.number, state: end.state, exitCode, reason }
  if (end.state === 'LOST')
    return {
      run: changed,
      effects: [eventOf('action.lease-expired', data)],
    }
  return { run: changed, effects: [eventOf('action.ended', again ? { ...data, again } : data)] }
}

/**
 * What an end of an action makes of its run: over, when nothing is left to be done.
 * @param reason what the run fails with when that action failed for good, and is the first one that did
 */
export function settled({ run, effects }: Change, reason: Reason | null, now: number): Change {
  const failed = failedAction(run)
  const known = failed && run.reason === null ? { ...run, reason } : run
  if (currentAction(known)) return { run: known, effects }
  const state = failed?.state === 'TIMED_OUT' ? 'TIMED_OUT' : failed ? 'FAILED' : 'SUCCEEDED'
  return endRun({ run: known, effects }, state, known.reason, now)
}

/** Ends the run. `reason` null only for a success. */
export function endRun(change: Change, state: EndState, reason: Reason | null, now: number): Change {
  return {
    run: { ...change.run, state, reason, pause: null, endedAt: now },
    effects: [...change.effects, eventOf('run.ended', { state, reason }), { kind: 'run-ended', state, reason }],
  }
}
