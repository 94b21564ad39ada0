import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** Nothing from elsewhere, and nothing sent elsewhere. Swagger UI writes style attributes. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * `GET /api/docs`: a page to read the REST interface in and to try it with a key. It comes from this server alone and
 * works without the Internet. The page asks for no key, since a browser has none before it is shown; it holds what
 * docs/openapi.json holds.
 */
export async function serveDocs(app: FastifyInstance): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, listener: 'admin', role: 'anyone' }
    })
    await scope.register(swaggerUi, {
      routePrefix: '/api/docs',
      staticCSP: CSP,
      theme: { title: 'eims: REST' },
      uiConfig: { deepLinking: true, docExpansion: 'none', filter: true, displayRequestDuration: true },
    })
  })
}
