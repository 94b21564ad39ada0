import type { Counters } from '@eims/contracts'
import { dbNow, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'

/**
 * Whether this server can do its work: 200 with the registry reachable, else the database-down problem. Which server it
 * is stands beside it, and which interfaces are away: a restart would not bring those back, so it is 200 all the same.
 */
export function healthRoutes(app: FastifyInstance, { db }: Registry, counters: () => Counters): void {
  app.get('/healthz', { exposeHeadRoute: false, schema: { hide: true } }, async () => {
    await dbNow(db)
    const { server, interfaces } = counters()
    const away = interfaces.flatMap(({ interface: name, away }) => (away ? [{ interface: name, why: away }] : []))
    return { ok: true, server: server.id, away }
  })
}
