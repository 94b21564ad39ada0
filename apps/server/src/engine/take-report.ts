import { ProblemError, type ReportReply, type ReportRequest, type Run } from '@eims/contracts'
import { type KeptLines, keepLines, type MachineState, type NewLog, writeProgress } from '@eims/registry'
import { type Step, step } from '@eims/workflow'
import { sessionOf } from './caller.ts'
import { applyStep } from './effects.ts'
import type { Caller, Engine } from './engine.ts'
import { noting } from './refused.ts'
import { heard, lookUp, withMachine } from './work.ts'

/**
 * Takes an agent's report: state, progress, log lines, result. A repeated one changes nothing.
 * Throws stale-report for an attempt that is over or belongs to somebody else. Nearly all reports tell of progress and
 * nothing else: those are one statement to read and one to write.
 */
export async function takeReport(engine: Engine, caller: Caller, told: ReportRequest): Promise<ReportReply> {
  const { sessionId } = caller
  const before = await lookUp(engine, { sessionId, runId: told.runId })
  const { nodeId, bootMac: mac } = before.session ?? { nodeId: null, bootMac: null }
  return noting(engine, { of: 'agent', nodeId, mac }, () => taken(engine, caller, told, before))
}

async function taken(engine: Engine, caller: Caller, told: ReportRequest, before: MachineState): Promise<ReportReply> {
  const { sessionId } = caller
  const { nodeId } = sessionOf(before, caller)
  if (!nodeId) throw new ProblemError('stale-report', 'the machine has no run')
  const { made, kept, reply } = weigh(before, caller, told)
  if (made.run === before.run) return reply
  const progress = before.run && progressOf(before.run, made, told)
  if (progress) {
    const seen = !before.seenLately
    const { lines: logs } = kept
    if (await writeProgress(engine.registry.db, { ...progress, logs, node: nodeId, session: sessionId, seen }))
      return reply
  }
  const done = await withMachine(engine, { nodeId, sessionId, runId: told.runId }, async (work) => {
    sessionOf(work.state, caller)
    const { run, made, kept, reply } = weigh(work.state, caller, told)
    applyStep(work, run, made)
    work.changes.logs.push(...kept.lines)
    heard(work, sessionId)
    return reply
  })
  if (!done) throw new ProblemError('session-over', 'the node was deleted')
  return done
}

/** What a report makes of the run, and which of its lines are kept. */
function weigh(state: MachineState, { sessionId, lease }: Caller, report: ReportRequest) {
  const { run, now } = state
  if (!run) throw new ProblemError('stale-report', 'the run is not this machine’s')
  const made = step(run, { kind: 'report', sessionId, report, lease }, now)
  const { answer } = made
  if (answer.kind === 'stale') throw new ProblemError('stale-report', answer.reason)
  if (answer.kind !== 'accepted') throw new ProblemError('stale-report', 'the run is over')
  const { fresh, cancelled, leaseSeconds } = answer
  const lines = fresh ? linesOf(state, report) : []
  const registered = state.node?.registered ?? false
  const kept = keepLines(lines, { run, ends: report.state !== 'RUNNING', registered })
  const reply = { cancelled, leaseSeconds }
  return { run, made: lines.length > 0 ? withLog(made, report, kept) : made, kept, reply }
}

/** The step with what its attempt has said by then. */
function withLog(made: Step, { actionId, attempt: number }: ReportRequest, { log }: KeptLines): Step {
  const actions = made.run.actions.map((action) => {
    if (action.definition.id !== actionId) return action
    const attempts = action.attempts.map((each) => (each.number === number ? { ...each, log } : each))
    return { ...action, attempts }
  })
  return { ...made, run: { ...made.run, actions } }
}

/** The attempt before and after, when that is all that changed of the run; else null. */
function progressOf(run: Run, { run: after, effects }: Step, { actionId, attempt: number }: ReportRequest) {
  const attemptIn = ({ actions }: Run) => {
    const action = actions.find(({ definition }) => definition.id === actionId)
    const attempt = action?.attempts.find((each) => each.number === number)
    return attempt && { ...attempt, actionId, of: action?.state }
  }
  const [was, is] = [attemptIn(run), attemptIn(after)]
  const goesOn = was?.state === 'RUNNING' && is?.state === 'RUNNING' && was.of === is.of
  return goesOn && effects.length === 0 && run.state === after.state ? { runId: run.id, before: was, after: is } : null
}

/** PostgreSQL knows no year 0, which a machine without a clock may be in. */
function linesOf({ run, now }: MachineState, { log, actionId, attempt }: ReportRequest): NewLog[] {
  if (!run) return []
  const place = { nodeId: run.nodeId, runId: run.id, actionId, attempt }
  return log.map((line) => ({ ...place, ...line, at: line.at < '1970' ? new Date(now).toISOString() : line.at }))
}
