import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics/metrics.ts'

/** `GET /metrics` for Prometheus and what reads its text format, with a viewer's key; no part of `/api/v1`. */
export function metricRoutes(app: FastifyInstance, metrics: Pick<Metrics, 'contentType' | 'text'>): void {
  app.get(
    '/metrics',
    {
      config: { listener: 'admin', role: 'viewer', whileSilent: true },
      exposeHeadRoute: false,
      schema: { hide: true },
    },
    async (_request, reply) => {
      const text = await metrics.text()
      return reply.type(metrics.contentType).header('cache-control', 'no-store').send(text)
    },
  )
}
