import type { Counters } from '@eims/contracts'
import type { FastifyInstance } from 'fastify'
import { serve } from './routes.ts'

/** @param counters asked anew for each request */
export function counterRoutes(app: FastifyInstance, counters: () => Counters): void {
  serve(app, 'counters', async () => counters())
}
