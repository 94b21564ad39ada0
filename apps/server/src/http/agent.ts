import { lackOf } from '@eims/registry'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { callerOf } from '../engine/caller.ts'
import type { Caller, Engine } from '../engine/engine.ts'
import { nextAction } from '../engine/next-action.ts'
import { onboard } from '../engine/onboard.ts'
import { phoneHome } from '../engine/phone-home.ts'
import { takeReport } from '../engine/take-report.ts'
import { baseOf } from '../urls.ts'
import { networkOf } from './attempts.ts'
import { bearerOf } from './bearer.ts'
import type { FrontDoor } from './front-door.ts'
import type { LongPolls } from './long-polls.ts'
import { serve } from './routes.ts'

/**
 * 500 log lines of 4096 characters, a few of them escaped: an agent whose report is too large cannot send it in smaller
 * parts.
 */
const REPORT_BYTES = 4 * 1024 * 1024
/** One number. */
const NEXT_BYTES = 1024

/** Seconds: an agent of ours reports at least three times in it, or its attempt counts as lost. */
export const LEASE = 90

/** Seconds until an agent asks again when there is no room to keep its question waiting. */
const ASK_AGAIN = 10

/** Seam 6: our own agents' transport. It knows who calls, and how long a caller may be silent; the engine does the rest. */
export function agentRoutes(app: FastifyInstance, engine: Engine, door: FrontDoor, polls: LongPolls): void {
  const callers = new WeakMap<FastifyRequest, Caller>()
  /** Before a body is read: only an agent of ours can make us parse megabytes. */
  const onRequest = async (request: FastifyRequest) => {
    callers.set(request, await callerOf(engine, { token: bearerOf(request), base: baseOf(request), lease: LEASE }))
  }
  const caller = (request: FastifyRequest): Caller => {
    const known = callers.get(request)
    if (!known) throw new Error('the request was not authenticated')
    return known
  }

  serve(app, 'onboard', ({ body, request }) =>
    door.pass(request, body.identity.macs[0] ?? body.identity.serial ?? null, () =>
      onboard(engine, body, { base: baseOf(request), lease: LEASE }),
    ),
  )

  serve(
    app,
    'next',
    async ({ body, request }) => {
      const hungUp = new AbortController()
      const abort = () => hungUp.abort()
      request.raw.socket.once('close', abort)
      if (request.raw.socket.destroyed) abort()
      using poll = polls.begin(caller(request).sessionId, networkOf(request.ip))
      try {
        const either = poll ? AbortSignal.any([hungUp.signal, poll.ended]) : hungUp.signal
        const waits = nextAction(engine, caller(request), poll ? body.waitSeconds : 0, either)
        const reply = await hearing(engine, waits)
        return poll || reply.kind !== 'wait' ? reply : { ...reply, retrySeconds: ASK_AGAIN }
      } finally {
        request.raw.socket.off('close', abort)
      }
    },
    { bodyLimit: NEXT_BYTES, onRequest },
  )

  serve(app, 'report', ({ body, request }) => hearing(engine, takeReport(engine, caller(request), body)), {
    bodyLimit: REPORT_BYTES,
    onRequest,
  })

  serve(app, 'phoneHome', ({ body, request }) =>
    door.pass(request, null, () => phoneHome(engine, bearerOf(request), body)),
  )
}

/** An agent that cannot be noted for want of room is not silent: leases count anew from when there is some. */
async function hearing<T>({ listening }: Engine, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (lackOf(error) === 'disk') listening.since = null
    throw error
  })
}
