import type { ServerCounters, Stored } from '@eims/contracts'
import type { FastifyInstance } from 'fastify'
import { serve } from './routes.ts'

/**
 * @param counters asked anew for each request
 * @param stored   the same; what it cannot tell is null in the reply
 */
export function counterRoutes(
  app: FastifyInstance,
  counters: () => ServerCounters,
  stored: () => Promise<Stored>,
): void {
  serve(app, 'counters', async ({ request }) => {
    try {
      return { ...counters(), stored: await stored() }
    } catch (error) {
      request.log.warn({ err: error }, 'counters: the registry cannot be measured')
      return { ...counters(), stored: null }
    }
  })
}
