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
import { type Change, endAttempt, settled } from './ending.ts'
import { type Answer, type Effect, eventOf, type RunEvent, type Step } from './events.ts'
import { isOverdue, isPastDue, timeOut, timeOutRun } from './lease.ts'
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
  if (!isHeld(action)) return stale(run, { code: 'attempt-over', slots: { action: name, attempt: number, state } })

  const change = carriedOn(run, index, attempt, event, now)
  const isOver = heard.state === 'RUNNING' && latestOf(change.run, index)?.state === 'TIMED_OUT'
  return { ...change, answer: accepted(true, isOver, lease) }
}

const latestOf = (run: Run, index: number) => run.actions[index]?.attempts.at(-1)

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
      ? [eventOf('action.started', { action: name, attempt: attempt.number, revived: true })]
      : []
  // As in tick: what comes after a silence (the server was away) may be the first of several reports of work long done.
  const isLate = isPastDue(run, now) || isOverdue(run, action, now)
  if (heard.state === 'RUNNING' && attempt.leaseUntil > now && isLate) {
    const late = isPastDue(run, now) ? timeOutRun(run, now, news) : timeOut(run, index, now, news)
    return { run: late.run, effects: [...revived, ...late.effects] }
  }
  if (heard.state === 'RUNNING') {
    const attempts = withLatest(action, { ...news, state: 'RUNNING', endedAt: null })
    return { run: withAction(run, index, { state: 'RUNNING', attempts }), effects: revived }
  }

  // The agent's own clock may be the first to say that the time is up.
  const state = heard.state === 'FAILED' && news.reason?.code === 'action-too-long' ? 'TIMED_OUT' : heard.state
  const ended = endAttempt(run, index, { state, heard: news, result: heard.result }, now)
  const change = { run: ended.run, effects: [...revived, ...ended.effects] }
  const reason: Reason =
    state === 'TIMED_OUT'
      ? { code: 'action-timed-out', slots: { action: name, seconds: action.definition.timeout } }
      : { code: 'action-failed', slots: { action: name, why: news.reason ?? null, exitCode: heard.exitCode } }
  return settled(change, reason, now)
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
