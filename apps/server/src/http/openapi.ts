import { routes } from '@eims/contracts'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

/** The body is a stream, which no zod schema describes. */
const fileAsBody = { consumes: ['application/octet-stream'], body: { type: 'string', format: 'binary' } }

/** The OpenAPI document, made of the same zod schemas that check every request; served at /api/v1/openapi.json. */
export async function serveOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'eims', version, description: 'On-prem provisioning of bare machines' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transform: (of) => {
      const made = jsonSchemaTransform(of)
      return of.url === routes.uploadImage.path ? { ...made, schema: { ...made.schema, ...fileAsBody } } : made
    },
  })
  app.get(
    '/api/v1/openapi.json',
    { config: { listener: 'admin', role: 'viewer' }, exposeHeadRoute: false, schema: { hide: true } },
    async () => app.swagger(),
  )
}
