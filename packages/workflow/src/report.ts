import {
  type Action,
  type Attempt,
  type Builtin,
  builtins,
  type Reason,
  type Run,
  readReason,
  told,
} from '@eims/contracts'
import { type Change, endAttempt, endRun } from './ending.ts'
import type { Answer, Effect, RunEvent, Step } from './events.ts'
import { isOverdue, timeOut } from './lease.ts'
import { endOf, isHeld, unchanged, withAction, withLatest } from './run.ts'

type Report = Extract<RunEvent, { kind: 'report' }>

/** An agent tells how its action goes. */
export function report(run: Run, event: Report, now: number): Step {
  const { sessionId, report: heard, lease } = event
  const index = run.actions.findIndex((action) => action.definition.id === heard.actionId)
  const action = run.actions[index]
  const attempt = action?.attempts.find((each) => each.number === heard.attempt)
  if (heard.runId !== run.id || !action || !attempt) return stale(run, { code: 'no-such-attempt', slots: {} })
  const { name } = action.definition
  const { number, state } = attempt
  if (attempt.sessionId !== sessionId)
    return stale(run, { code: 'attempt-of-another', slots: { action: name, attempt: number } })
  // Before anything else: the reply to the run's very last report may be the one that got lost.
  const cancelled = run.state === 'CANCELLED'
  if (cancelled || heard.seq <= attempt.lastSeq) return unchanged(run, accepted(false, cancelled, lease))

  const end = endOf(run)
  if (end) return stale(run, { code: 'run-over', slots: { state: end } })
  if (attempt !== action.attempts.at(-1)) return stale(run, { code: 'attempt-superseded', slots: { action: name } })
  if (!isHeld(run, attempt))
    return stale(run, { code: 'attempt-over', slots: { action: name, attempt: number, state } })

  const change = carriedOn(run, index, attempt, event, now)
  return { ...change, answer: accepted(true, change.run.state === 'TIMED_OUT', lease) }
}

/** A report that counts: the attempt lives (again, if its lease had run out), and ends when the report says so. */
function carriedOn(run: Run, index: number, attempt: Attempt, { report: said, lease }: Report, now: number): Change {
  const action = run.actions[index]
  if (!action) throw new Error(`run ${run.id} has no action ${index}`)
  const { name } = action.definition
  const heard = believed(action.definition, said)
  const news: Partial<Attempt> = {
    lastSeq: heard.seq,
    leaseUntil: now + lease * 1000,
    progress: heard.state === 'SUCCEEDED' && attempt.progress !== null ? 1 : (heard.progress ?? attempt.progress),
    reason: reasonOf(heard) ?? attempt.reason,
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
    const slots = { action: name, why: news.reason ?? null, exitCode: heard.exitCode }
    return endRun(change, 'FAILED', { code: 'action-failed', slots }, now)
  }
  const last = change.run.actions.every((each) => each.state === 'SUCCEEDED')
  return last ? endRun(change, 'SUCCEEDED', null, now) : change
}

/** The report as it counts: a success whose figures are not those of the plan is none. */
function believed({ name, uses, with: given }: Action, report: Report['report']): Report['report'] {
  const { adds }: Pick<Builtin, 'adds'> = uses.kind === 'builtin' ? builtins[uses.builtin] : {}
  if (report.state !== 'SUCCEEDED' || !adds) return report
  const frames = given[adds.to]
  const total = adds.up.reduce((sum, part) => sum + Number(report.result?.[part] ?? 0), 0)
  if (frames === undefined || total === frames) return report
  const reason: Reason = { code: 'image-not-whole', slots: { action: name, told: total || 0, frames: Number(frames) } }
  return { ...report, state: 'FAILED', reason: { ...reason, text: '' } }
}

/** Agents that know no codes say it in words. */
const reasonOf = ({ reason, message }: Report['report']): Reason | null =>
  readReason(reason) ?? (message ? told(message) : null)

function accepted(fresh: boolean, cancelled: boolean, leaseSeconds: number): Answer {
  return { kind: 'accepted', fresh, cancelled, leaseSeconds }
}

function stale(run: Run, reason: Reason): Step {
  return unchanged(run, { kind: 'stale', reason })
}
