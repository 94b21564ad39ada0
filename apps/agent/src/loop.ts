import { type NextReply, type Reason, say } from '@eims/contracts'
import type { Context } from './actions/handler.ts'
import type { Outcome } from './actions/table.ts'
import { sleep } from './back-off.ts'
import { reasonOf } from './failure.ts'
import type { Leave } from './finish.ts'
import type { Machine } from './machine.ts'
import { type Ended, startReporting } from './reporter.ts'
import type { Screen } from './screen/screen.ts'
import type { ChunkSource, PlanSource, ReportSink } from './sources.ts'
import type { State } from './state.ts'
import { Stuck, unlessStuck } from './stuck.ts'

type ActionReply = Extract<NextReply, { kind: 'action' }>
type Done = Extract<NextReply, { kind: 'done' }>

export interface LoopOptions {
  plan: PlanSource
  sink: ReportSink
  chunks: ChunkSource[]
  machine: Machine
  state: State
  screen: Screen
  execute(action: ActionReply['action'], context: Context): Promise<Outcome>
  /** ends the machine as a success says */
  finish: (finish: Leave) => Promise<void>
  /** milliseconds: between reports, and at least between two questions that gave no action */
  pace: { report: number; ask: number }
  /** milliseconds that an action gets to stop when it is told to */
  grace: number
  now: () => number
  /** see Context */
  keepsake?: string
}

/**
 * The agent's life, until `signal` aborts:
 *   ask for the next action; execute it, reporting; report its end until somebody accepted it; ask again.
 * Giving up a report would leave the run stuck, so a report is never given up.
 * @throws Stuck when an action does not stop: only a new process is rid of it
 */
export async function runLoop(options: LoopOptions, signal: AbortSignal): Promise<void> {
  const { plan, screen, pace } = options
  let ended = ''
  await deliver(options, signal)
  while (!signal.aborted) {
    const reply = await plan.next(signal)
    if (reply.kind === 'action') {
      ended = ''
      await perform(options, reply, signal)
      continue
    }
    if (reply.kind === 'wait') {
      screen.wait(reply.reason.text)
      await sleep(Math.max(reply.retrySeconds * 1000, pace.ask), signal)
      continue
    }
    // said once: a person may retry the run, so the agent goes on asking
    const end = `${reply.runId} ${reply.state}`
    if (end !== ended) show(screen, reply)
    ended = end
    await sleep(pace.ask * 10, signal)
  }
}

/** A report from before a restart of the agent goes first. */
async function deliver({ state, sink, finish, screen }: LoopOptions, signal: AbortSignal): Promise<void> {
  const outbox = state.outbox()
  if (!outbox) return
  const outcome = await sink.report(outbox.report, signal)
  if (outcome.kind === 'accepted' && !outcome.cancelled && outbox.finish) await leave(screen, outbox.finish, finish)
  state.keepOutbox(null)
}

async function perform(options: LoopOptions, reply: ActionReply, signal: AbortSignal): Promise<void> {
  const { screen, state, pace } = options
  const { runId, action, attempt } = reply
  screen.action(reply.index, reply.count, action.name)
  const reporter = startReporting({
    sink: options.sink,
    state,
    attempt: { runId, actionId: action.id, attempt },
    lastSeq: reply.lastSeq,
    leaseSeconds: reply.leaseSeconds,
    pace: pace.report,
    now: options.now,
    signal,
  })
  // A signal whose time is 0 is aborted at once, and here that means no limit.
  const overdue = action.timeout > 0 ? AbortSignal.timeout(action.timeout * 1000) : new AbortController().signal
  const context: Context = {
    runId,
    attempt,
    machine: options.machine,
    chunks: options.chunks,
    state,
    results: reply.results,
    signal: AbortSignal.any([signal, reporter.unwanted, overdue]),
    env: action.env,
    ...(options.keepsake === undefined ? {} : { keepsake: options.keepsake }),
    log(text, stream = 'agent') {
      screen.line(`  ${text}`)
      reporter.log(stream, text)
    },
    progress(fraction) {
      screen.progress(fraction)
      reporter.progress(fraction)
    },
    note: (reason) => reporter.note(reason),
  }
  let end: Ended
  let finish: Leave | null = null
  let stuck: Stuck | null = null
  try {
    const outcome = await unlessStuck(options.execute(action, context), {
      name: action.name,
      stop: context.signal,
      grace: options.grace,
      signal,
    })
    end = { state: 'SUCCEEDED', result: outcome.result }
    finish = outcome.finish ?? null
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Stuck) stuck = error
    const late: Reason = { code: 'action-too-long', slots: { action: action.name, seconds: action.timeout } }
    end = { state: 'FAILED', reason: overdue.aborted ? late : reasonOf(error) }
  }
  if (end.state === 'FAILED' && !reporter.unwanted.aborted) context.log(say(end.reason))
  await reporter.end(end, finish)
  // while it leaves, the outbox stays: an agent that starts again leaves again
  if (finish && !reporter.unwanted.aborted) await leave(screen, finish, options.finish)
  state.keepOutbox(null)
  if (stuck) throw stuck
  if (reporter.unwanted.aborted) return screen.line(`  Stopped: ${(reporter.unwanted.reason as Error).message}`)
  if (end.state === 'FAILED') screen.end('FAILED', `${action.name}: ${say(end.reason)}`)
}

async function leave(screen: Screen, finish: Leave, go: LoopOptions['finish']): Promise<void> {
  const said = {
    reboot: 'restarts into its system',
    poweroff: 'switches off',
    hold: 'stays here, ready to be switched off',
    kexec: 'starts the kernel of its system',
  }
  screen.end('OK', `This machine is done and ${said[finish]}.`)
  await go(finish)
}

function show(screen: Screen, { state, reason }: Done): void {
  if (state === 'SUCCEEDED') screen.end('OK', reason?.text ?? 'This machine is done.')
  else screen.end('FAILED', reason?.text ?? `The run is ${state}.`)
}
