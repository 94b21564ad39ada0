import { type NextReply, type Reason, type Run, say, shown } from '@eims/contracts'
import { type Step, step } from '@eims/workflow'
import type { PlanSource, ReportSink } from '../sources.ts'

/** Whoever asks is the only one, and in this process: no lease of it runs out while it works. */
const LEASE = 86_400
const SESSION = 'medium'
/** Seconds between two looks at a run that waits. */
const WAIT = 30

interface RunSourceOptions {
  /** kept over restarts of the agent, not of the machine */
  load: () => Run
  keep: (run: Run) => void
  /** milliseconds since 1970, by this machine's own clock */
  now: () => number
  /** told before the report that ended it is answered, so that the machine leaves only when this is done */
  onEnd: (run: Run) => Promise<void>
}

/** The server's part of a run, in the machine itself: the same run machine, with nobody else to ask. */
export function runSource({ load, keep, now, onEnd }: RunSourceOptions): PlanSource & ReportSink {
  const take = async ({ run, effects, answer }: Step): Promise<Step['answer']> => {
    keep(run)
    if (effects.some(({ kind }) => kind === 'run-ended')) await onEnd(run)
    return answer
  }
  return {
    async next(signal) {
      signal.throwIfAborted()
      const run = load()
      const answer = await take(step(run, { kind: 'next', sessionId: SESSION, lease: LEASE }, now()))
      switch (answer.kind) {
        case 'action':
          return { ...answer, runId: run.id }
        case 'wait':
          return { kind: 'wait', reason: shown(answer.reason), retrySeconds: Math.min(answer.seconds ?? WAIT, WAIT) }
        case 'done':
          return over(run.id, answer.state, answer.reason)
        default:
          throw new Error(`a run answers ${answer.kind} to the question what is next`)
      }
    },
    async report(report, signal) {
      signal.throwIfAborted()
      const answer = await take(step(load(), { kind: 'report', sessionId: SESSION, report, lease: LEASE }, now()))
      if (answer.kind === 'accepted')
        return { kind: 'accepted', cancelled: answer.cancelled, leaseSeconds: answer.leaseSeconds }
      return { kind: 'stale', reason: answer.kind === 'stale' ? say(answer.reason) : answer.kind }
    },
  }
}

const over = (
  runId: string,
  state: Extract<NextReply, { kind: 'done' }>['state'],
  reason: Reason | null,
): NextReply => ({ kind: 'done', runId, state, reason: reason && shown(reason) })
