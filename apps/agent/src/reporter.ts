import { type LogLine, type Reason, type ReportRequest, shown } from '@eims/contracts'
import { sleep as pause } from './back-off.ts'
import type { ReportSink } from './sources.ts'
import type { Outbox, State } from './state.ts'

/** Lines that wait for a report; beyond it the oldest go. */
const MAX_WAITING = 5000
const LINES_A_REPORT = 500
const MAX_TEXT = 4096
/** Milliseconds that progress on its way may hold up the end; beyond it there is an outage. */
const HOLD_UP = 1000

/** How an action ended: with its result, or with why it could not be done. */
export type Ended = { state: 'SUCCEEDED'; result: Record<string, unknown> } | { state: 'FAILED'; reason: Reason }

interface ReporterOptions {
  sink: ReportSink
  state: State
  attempt: Pick<ReportRequest, 'runId' | 'actionId' | 'attempt'>
  /** highest report number of this attempt that the server has heard */
  lastSeq: number
  leaseSeconds: number
  /** least milliseconds between two reports of progress */
  pace: number
  /** wall clock, milliseconds since 1970 */
  now: () => number
  /** waits between two looks for news; rejects when the signal aborts */
  sleep?: typeof pause
  /** ends the agent */
  signal: AbortSignal
}

/** Tells the server how one attempt of an action goes. */
interface Reporter {
  /** aborted when the server no longer wants this attempt */
  readonly unwanted: AbortSignal
  log(stream: LogLine['stream'], text: string): void
  progress(fraction: number): void
  /** what a person is to know of an action that succeeds: on the timeline, beside "done" */
  note(reason: Reason): void
  /** stops the heartbeat, sends what is left and the end; resolves when it was accepted, or is no longer wanted */
  end(ended: Ended, finish: Outbox['finish']): Promise<void>
}

/**
 * Starts reporting at once, then at most every `pace` when there is news, and at least three times a lease.
 * One report is on the way at a time; it is repeated, with the same number, until it was answered.
 */
export function startReporting(options: ReporterOptions): Reporter {
  const { sink, state, attempt, pace, now, sleep = pause, signal } = options
  const key = `${attempt.runId}/${attempt.actionId}/${attempt.attempt}`
  const unwanted = new AbortController()
  const over = new AbortController()
  const late = new AbortController()
  const stop = AbortSignal.any([signal, unwanted.signal, over.signal])
  let lines: LogLine[] = []
  let progress: number | null = null
  let noted: Reason | null = null
  let news = true
  let lease = options.leaseSeconds * 1000

  const make = (fields: Partial<ReportRequest> & Pick<ReportRequest, 'state'>): ReportRequest => ({
    ...attempt,
    seq: state.nextSeq(key, options.lastSeq),
    progress,
    message: null,
    reason: noted && shown(noted),
    exitCode: null,
    log: lines.splice(0, LINES_A_REPORT),
    result: null,
    ...fields,
  })
  async function send(report: ReportRequest, until = signal): Promise<void> {
    const outcome = await sink.report(report, until)
    if (outcome.kind === 'stale') return unwanted.abort(new Error(outcome.reason))
    if (outcome.cancelled) return unwanted.abort(new Error('The server ended this run'))
    lease = outcome.leaseSeconds * 1000
  }
  async function running(): Promise<void> {
    const report = make({ state: 'RUNNING' })
    try {
      await send(report, AbortSignal.any([signal, late.signal]))
    } catch (error) {
      if (signal.aborted || !late.signal.aborted) throw error
      // its lines go with the end; they come twice if only the reply was lost
      lines.unshift(...report.log)
    }
  }
  async function beat(): Promise<void> {
    for (let idle = 0; !stop.aborted; ) {
      if (news || idle + pace > lease / 3) {
        news = false
        idle = 0
        await running()
      }
      const nap = Math.min(pace, lease / 3)
      await sleep(nap, stop).catch(() => {})
      idle += nap
    }
  }
  const beating = beat().catch((error: unknown) => {
    if (!signal.aborted) unwanted.abort(error)
  })

  return {
    unwanted: unwanted.signal,
    log(stream, text) {
      lines.push({ at: new Date(now()).toISOString(), stream, text: text.slice(0, MAX_TEXT) })
      if (lines.length > MAX_WAITING) lines = lines.slice(-MAX_WAITING)
      news = true
    },
    progress(fraction) {
      progress = fraction
      news = true
    },
    note(reason) {
      noted = reason
      news = true
    },
    async end(ended, finish) {
      over.abort()
      const timer = setTimeout(() => late.abort(), HOLD_UP)
      await beating
      clearTimeout(timer)
      while (lines.length > LINES_A_REPORT && !unwanted.signal.aborted) await send(make({ state: 'RUNNING' }))
      if (unwanted.signal.aborted) return
      const report = make(ended.state === 'FAILED' ? { ...ended, reason: shown(ended.reason) } : ended)
      // an agent that is killed now says it again when it is back
      state.keepOutbox({ report, finish })
      await send(report)
    },
  }
}
