import { type Attempt, type ReportRequest, type Run, readReason, say, told } from '@eims/contracts'
import { type Change, endAttempt, endRun } from './ending.ts'
import type { Answer, Effect, Step } from './events.ts'
import { LEASE_SECONDS } from './lease.ts'
import { endOf, isHeld, unchanged, withAction, withLatest } from './run.ts'
import { isOverdue, timeOut } from './timeout.ts'

/** An agent tells how its action goes. */
export function report(run: Run, sessionId: string, heard: ReportRequest, now: number): Step {
  const index = run.actions.findIndex((action) => action.definition.id === heard.actionId)
  const action = run.actions[index]
  const attempt = action?.attempts.find((each) => each.number === heard.attempt)
  if (heard.runId !== run.id || !action || !attempt) return stale(run, 'this run has no such attempt')
  const { name } = action.definition
  if (attempt.sessionId !== sessionId) return stale(run, `attempt ${attempt.number} of ${name} is another session’s`)
  // Before anything else: the reply to the run's very last report may be the one that got lost.
  const cancelled = run.state === 'CANCELLED'
  if (cancelled || heard.seq <= attempt.lastSeq) return unchanged(run, accepted(false, cancelled))

  const end = endOf(run)
  if (end) return stale(run, `the run is over (${end})`)
  if (attempt !== action.attempts.at(-1)) return stale(run, `a newer attempt of ${name} was begun`)
  if (!isHeld(run, attempt)) return stale(run, `attempt ${attempt.number} of ${name} is over (${attempt.state})`)

  const change = carriedOn(run, index, attempt, heard, now)
  return { ...change, answer: accepted(true, change.run.state === 'TIMED_OUT') }
}

/** A report that counts: the attempt lives (again, if its lease had run out), and ends when the report says so. */
function carriedOn(run: Run, index: number, attempt: Attempt, heard: ReportRequest, now: number): Change {
  const action = run.actions[index]
  if (!action) throw new Error(`run ${run.id} has no action ${index}`)
  const { name } = action.definition
  const reason = readReason(heard.reason) ?? (heard.message ? told(heard.message) : null)
  const news: Partial<Attempt> = {
    lastSeq: heard.seq,
    leaseUntil: now + LEASE_SECONDS * 1000,
    progress: heard.state === 'SUCCEEDED' && attempt.progress !== null ? 1 : (heard.progress ?? attempt.progress),
    message: reason ? say(reason) : attempt.message,
    exitCode: heard.exitCode,
  }
  const revived: Effect[] =
    attempt.state === 'LOST'
      ? [
          {
            kind: 'event',
            event: 'action.started',
            message: `${name}: attempt ${attempt.number} is heard of again`,
            data: { action: name, attempt: attempt.number, revived: true },
          },
        ]
      : []
  // As in tick: what comes after a silence (the server was away) may be the first of several reports of work long done.
  if (heard.state === 'RUNNING' && attempt.leaseUntil > now && isOverdue(action, now)) {
    const late = timeOut(run, index, now, news)
    return { run: late.run, effects: [...revived, ...late.effects] }
  }
  if (heard.state === 'RUNNING') {
    const attempts = withLatest(action, { ...news, state: 'RUNNING', endedAt: null })
    return { run: withAction(run, index, { state: 'RUNNING', attempts }), effects: revived }
  }

  const ended = endAttempt(run, index, { state: heard.state, heard: news, result: heard.result }, now)
  const change = { run: ended.run, effects: [...revived, ...ended.effects] }
  if (heard.state === 'FAILED') {
    const why = news.message ?? (heard.exitCode === null ? 'no reason given' : `exit code ${heard.exitCode}`)
    return endRun(change, 'FAILED', `${name}: ${why}`, now)
  }
  const last = change.run.actions.every((each) => each.state === 'SUCCEEDED')
  return last ? endRun(change, 'SUCCEEDED', null, now) : change
}

function accepted(fresh: boolean, cancelled: boolean): Answer {
  return { kind: 'accepted', fresh, cancelled, leaseSeconds: LEASE_SECONDS }
}

function stale(run: Run, reason: string): Step {
  return unchanged(run, { kind: 'stale', reason })
}
