import { type Attempt, type Reason, type Run, say } from '@eims/contracts'
import type { Effect } from './events.ts'
import { type EndState, withAction, withLatest } from './run.ts'

/** A changed run and what the shell must do about it. */
export interface Change {
  run: Run
  effects: Effect[]
}

/**
 * Ends the newest attempt of action `index`, and the action with it.
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
  const changed = withAction(run, index, {
    state: end.state === 'LOST' || end.state === 'CANCELLED' ? 'PENDING' : end.state,
    attempts: withLatest(action, { ...end.heard, state: end.state, endedAt: now }),
    result: end.state === 'SUCCEEDED' ? (end.result ?? {}) : null,
  })
  const { name } = action.definition
  const reason = end.heard?.reason ?? latest.reason
  const exitCode = end.heard?.exitCode ?? null
  const data = { action: name, attempt: latest.number, state: end.state, exitCode, reason }
  if (end.state === 'LOST')
    return {
      run: changed,
      effects: [
        {
          kind: 'event',
          event: 'action.lease-expired',
          message: `${name}: nothing is heard of attempt ${latest.number} any more`,
          data,
        },
      ],
    }
  const how = { SUCCEEDED: 'done', FAILED: 'failed', TIMED_OUT: 'took too long', CANCELLED: 'cancelled' }[end.state]
  const detail = end.state === 'CANCELLED' || !reason ? '' : `: ${say(reason)}`
  return {
    run: changed,
    effects: [{ kind: 'event', event: 'action.ended', message: `${name} ${how}${detail}`, data }],
  }
}

/** Ends the run. `reason` null only for a success. */
export function endRun(change: Change, state: EndState, reason: Reason | null, now: number): Change {
  const how = { SUCCEEDED: 'succeeded', FAILED: 'failed', TIMED_OUT: 'timed out', CANCELLED: 'was cancelled' }[state]
  return {
    run: { ...change.run, state, reason, endedAt: now },
    effects: [
      ...change.effects,
      {
        kind: 'event',
        event: 'run.ended',
        message: `the run ${how}${reason ? `: ${say(reason)}` : ''}`,
        data: { state, reason },
      },
      { kind: 'run-ended', state, reason },
    ],
  }
}
