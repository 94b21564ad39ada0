import { listAudit, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { serve } from './routes.ts'

export function auditRoutes(app: FastifyInstance, { db }: Registry): void {
  serve(app, 'listAudit', ({ query }) => listAudit(db, query))
}
