import type { Run } from '@eims/contracts'
import type { Step } from './events.ts'
import { LEASE_GRACE_SECONDS } from './lease.ts'
import { loseAttempt } from './lost.ts'
import { unchanged } from './run.ts'
import { isOverdue, timeOut } from './timeout.ts'

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
