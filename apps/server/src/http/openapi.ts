import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { OpenAPIV3 } from 'openapi-types'
import { openApiDocument } from './openapi/document.ts'

/** The OpenAPI document, served at /api/v1/openapi.json. */
export async function serveOpenApi(app: FastifyInstance, version: string): Promise<void> {
  // The plugin's types end at version 3.0; it hands on what it is given.
  const document = openApiDocument(version) as unknown as OpenAPIV3.Document
  await app.register(swagger, { mode: 'static', specification: { document } })
  app.get(
    '/api/v1/openapi.json',
    { config: { listener: 'admin', role: 'viewer' }, exposeHeadRoute: false },
    async () => document,
  )
}
