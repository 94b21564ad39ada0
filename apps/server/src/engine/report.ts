import { ProblemError, type ReportReply, type ReportRequest } from '@eims/contracts'
import { appendEvents, appendLogs, dbNow, loadRun, lockNode, touchSeen, touchSession } from '@eims/registry'
import { step } from '@eims/workflow'
import { applyStep } from './effects.ts'
import type { Caller, Engine, Work } from './engine.ts'

/**
 * Takes an agent's report: state, progress, log lines, result. A repeated one changes nothing.
 * Throws stale-report for an attempt that is over or belongs to somebody else.
 */
export async function report(engine: Engine, { session }: Caller, told: ReportRequest): Promise<ReportReply> {
  const { nodeId } = session
  if (!nodeId) throw new ProblemError('stale-report', 'the machine has no run')
  return engine.registry.transaction(async (tx) => {
    const work: Work = { tx, events: [] }
    if (!(await lockNode(tx, nodeId))) throw new ProblemError('session-over', 'the node was deleted')
    const run = await loadRun(tx, told.runId)
    if (run?.nodeId !== nodeId) throw new ProblemError('stale-report', 'the run is not this machine’s')
    const now = await dbNow(tx)
    const made = step(run, { kind: 'report', sessionId: session.id, report: told }, now)
    if (made.answer.kind !== 'accepted')
      throw new ProblemError('stale-report', made.answer.kind === 'stale' ? made.answer.reason : 'the run is over')
    await applyStep(work, run, made, now)
    await appendEvents(tx, work.events)
    const place = { nodeId, runId: run.id, actionId: told.actionId, attempt: told.attempt }
    if (made.answer.fresh && told.log.length > 0)
      await appendLogs(
        tx,
        // PostgreSQL knows no year 0, which a machine without a clock may be in.
        told.log.map((line) => ({ ...place, ...line, at: line.at < '1970' ? new Date(now).toISOString() : line.at })),
      )
    await touchSession(tx, session.id)
    await touchSeen(tx, nodeId)
    const { cancelled, leaseSeconds } = made.answer
    return { cancelled, leaseSeconds }
  })
}
