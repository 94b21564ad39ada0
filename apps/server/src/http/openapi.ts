import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { OpenAPIV3 } from 'openapi-types'
import { openApiDocument } from './openapi/document.ts'

/** The OpenAPI document, served at /api/v1/openapi.json; made when it is first asked for, which takes a tenth of a second. */
export async function serveOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {},
    // The document comes of the table of routes, not of what fastify knows of them.
    transform: ({ url }) => ({ schema: { hide: true }, url }),
    // The plugin's types end at version 3.0; it hands on what it is given.
    transformObject: () => openApiDocument(version) as unknown as OpenAPIV3.Document,
  })
  app.get('/api/v1/openapi.json', { config: { listener: 'admin', role: 'viewer' }, exposeHeadRoute: false }, async () =>
    app.swagger(),
  )
}
