import { dbNow, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'

/** Whether this server can do its work: 200 with the registry reachable, else the database-down problem. */
export function healthRoutes(app: FastifyInstance, { db }: Registry): void {
  app.get('/healthz', { exposeHeadRoute: false, schema: { hide: true } }, async () => {
    await dbNow(db)
    return { ok: true }
  })
}
