import { type CallInput, type CallReply, type OnboardRequest, type ProblemCode, ProblemError } from '@eims/contracts'
import { type BackOff, delay, sleep } from '../back-off.ts'
import type { PlanSource, ReportSink } from '../sources.ts'
import type { State } from '../state.ts'
import { trouble } from '../trouble.ts'
import type { Servers } from './servers.ts'

/** Seconds that a server may keep `next` open. */
const LONG_POLL = 25
/** Beyond the long poll a reply may take so long; milliseconds. */
const GRACE = 15_000

/** Refusals of a report that asking again cannot change: its attempt is over, whatever the server calls it. */
const final: ProblemCode[] = ['stale-report', 'wrong-state', 'not-found', 'invalid-input', 'too-large', 'forbidden']
/** Refusals of the onboarding that asking again cannot change either; `tls-only` ends any call, as only another boot brings TLS. */
const turnedAway: ProblemCode[] = ['invalid-input', 'too-large', 'double-agent']
const sessionIsOver = (error: unknown) =>
  error instanceof ProblemError && (error.code === 'session-over' || error.code === 'unauthenticated')

/** Whether a server said that it does not take this agent, also when it introduces itself anew. A server that is away says nothing. */
function isLost(error: unknown, { onboarding, had }: { onboarding: boolean; had: boolean }): error is ProblemError {
  if (!(error instanceof ProblemError)) return false
  if (sessionIsOver(error)) return !had
  return error.code === 'tls-only' || (onboarding && turnedAway.includes(error.code))
}

export interface SessionOptions {
  servers: Servers
  state: State
  bootToken: string
  agentVersion: string
  /** looked at anew whenever the agent onboards */
  describe(): Promise<Pick<OnboardRequest, 'identity' | 'inventory'>>
  backOff: BackOff
  /** said on the screen: what the agent waits for */
  onTrouble(text: string): void
  onOnboarded(nodeName: string): void
  /** the boot token, or this agent, is no longer taken: only another boot helps; said at every try */
  onSessionLost(text: string): void
}

/**
 * The server by HTTP. Every call is repeated until it is answered; a session that is over is opened again with the
 * same boot token and key.
 */
export function openSession(options: SessionOptions): PlanSource & ReportSink & { token: () => string | null } {
  const { servers, state, backOff } = options

  /** kept while onboarding is tried again: looking reads both ends of every disk */
  let about: Awaited<ReturnType<SessionOptions['describe']>> | null = null

  async function onboarded(signal: AbortSignal): Promise<string> {
    const kept = state.session()
    if (kept) return kept.session
    about ??= await options.describe()
    const body = {
      bootToken: options.bootToken,
      agentKey: state.agentKey,
      agentVersion: options.agentVersion,
      ...about,
    }
    const reply = await servers.client(null)('onboard', { body }, { signal })
    state.keepSession(reply)
    about = null
    options.onOnboarded(reply.nodeName)
    return reply.session
  }

  /** @throws ProblemError for the codes in `refusals`, a report's also when the agent is no longer taken, and when `signal` aborts; everything else is tried again */
  async function call<N extends 'next' | 'report'>(
    name: N,
    input: CallInput<N>,
    signal: AbortSignal,
    refusals: ProblemCode[],
  ): Promise<CallReply<N>> {
    for (let failures = 1; ; failures += 1) {
      const had = state.session() !== null
      try {
        const token = await onboarded(signal)
        return await servers.client(token)(name, input, { signal, timeout: LONG_POLL * 1000 + GRACE })
      } catch (error) {
        signal.throwIfAborted()
        const onboarding = state.session() === null
        if (error instanceof ProblemError && !onboarding && refusals.includes(error.code)) throw error
        if (sessionIsOver(error)) state.keepSession(null)
        if (isLost(error, { onboarding, had })) {
          options.onSessionLost(`${servers.current} says: ${trouble(error)}`)
          // Another machine, or a newer boot of this one, may be at the same work by now: what is reported must stop.
          if (name === 'report') throw error
        }
        if (!(error instanceof ProblemError)) servers.next()
        // once alone is a kept connection that the server closed while it was idle
        const lasting = error instanceof ProblemError || failures > 1
        if (lasting && (!sessionIsOver(error) || !had)) options.onTrouble(`${servers.current}: ${trouble(error)}`)
      }
      await sleep(delay(failures, backOff), signal)
    }
  }

  return {
    token: () => state.session()?.session ?? null,
    next: (signal) => call('next', { body: { waitSeconds: LONG_POLL } }, signal, []),
    async report(report, signal) {
      try {
        const reply = await call('report', { body: report }, signal, final)
        return { kind: 'accepted', ...reply }
      } catch (error) {
        if (error instanceof ProblemError) return { kind: 'stale', reason: error.message }
        throw error
      }
    },
  }
}
