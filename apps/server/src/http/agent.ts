import type { FastifyInstance } from 'fastify'
import { callerOf } from '../engine/caller.ts'
import type { Engine } from '../engine/engine.ts'
import { next } from '../engine/next.ts'
import { onboard } from '../engine/onboard.ts'
import { phoneHome } from '../engine/phone-home.ts'
import { report } from '../engine/report.ts'
import { baseOf } from '../urls.ts'
import { bearerOf } from './bearer.ts'
import { serve } from './routes.ts'

/** 500 log lines of 4096 characters, a few of them escaped: an agent cannot send less at once when this is too much. */
const REPORT_BYTES = 4 * 1024 * 1024

/** Seam 6: our own agents' transport. It resolves the caller to its session; the engine does the rest. */
export function agentRoutes(app: FastifyInstance, engine: Engine): void {
  serve(app, 'onboard', ({ body, request }) => onboard(engine, body, baseOf(request)))

  serve(app, 'next', async ({ body, request }) => {
    const hungUp = new AbortController()
    const abort = () => hungUp.abort()
    request.raw.socket.once('close', abort)
    if (request.raw.socket.destroyed) abort()
    try {
      return await next(engine, await callerOf(engine, request), body.waitSeconds, hungUp.signal)
    } finally {
      request.raw.socket.off('close', abort)
    }
  })

  serve(app, 'report', async ({ body, request }) => report(engine, await callerOf(engine, request), body), {
    bodyLimit: REPORT_BYTES,
  })

  serve(app, 'phoneHome', ({ body, request }) => phoneHome(engine, bearerOf(request), body))
}
