import { Problem, problems, type Route, routes } from '@eims/contracts'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { OpenAPIV3, OpenAPIV3_1 } from 'openapi-types'
import { z } from 'zod'
import { isTagged } from './etag.ts'
import { headersOf, makes } from './headers.ts'

const byPlace = new Map<string, Route>(
  Object.values(routes).map((route: Route) => [`${route.method} ${route.path}`, route]),
)
const aStream = { type: 'string', description: 'A stream' }
/** As answerProblem makes it; `code` is one of the table in docs/errors.md. */
const problem = {
  description: 'An error (RFC 9457)',
  headers: {
    'WWW-Authenticate': { schema: { type: 'string' }, description: 'With 401' },
    Allow: { schema: { type: 'string' }, description: 'With 405: the methods that there are' },
    'Retry-After': { schema: { type: 'integer' }, description: 'With 429, 409 idempotency-busy and 503 busy: seconds' },
  },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}
const failures = {
  '4XX': { $ref: '#/components/responses/Problem' },
  '5XX': { $ref: '#/components/responses/Problem' },
}
const location = { Location: { type: 'string', description: 'Path of what was made' } }
const etag = { ETag: { type: 'string', description: 'For If-Match of a change that must not undo another one' } }

/** The OpenAPI document, made of the same zod schemas that check every request; served at /api/v1/openapi.json. */
export async function serveOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'eims', version, description: 'On-prem provisioning of bare machines' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    transformObject: (of) => ('openapiObject' in of ? withFailures(of.openapiObject) : of.swaggerObject),
    transform: (of) => {
      const { schema, url } = jsonSchemaTransform(of)
      const route = byPlace.get(`${String(of.route.method)} ${of.url}`)
      return { url, schema: route ? { ...schema, ...besides(route, schema.response) } : schema }
    },
  })
  app.get(
    '/api/v1/openapi.json',
    { config: { listener: 'admin', role: 'viewer' }, exposeHeadRoute: false, schema: { hide: true } },
    async () => app.swagger(),
  )
}

/** Every operation may fail, and does so in one form. */
function withFailures(document: Partial<OpenAPIV3.Document | OpenAPIV3_1.Document>) {
  const { $schema: _, ...schema } = z.toJSONSchema(Problem.extend({ code: z.enum(Object.keys(problems)) }))
  const operations = Object.values(document.paths ?? {}).flatMap((path) => Object.values(path ?? {}))
  for (const operation of operations as { responses: object }[]) Object.assign(operation.responses, failures)
  return {
    ...document,
    components: { ...document.components, schemas: { Problem: schema }, responses: { Problem: problem } },
  } as typeof document
}

/** What stands in no zod schema of a route: headers, and bodies that are streams. */
function besides(route: Route, response: unknown): object {
  const headers = headersOf(route)
  const status = route.status ?? 200
  const told = { ...(isTagged(route.reply) ? etag : {}), ...(makes(route) ? location : {}) }
  const replies = response as Record<number, object> | undefined
  return {
    ...(Object.keys(headers).length > 0 ? { headers: { type: 'object', properties: headers } } : {}),
    ...(route.consumes ? { consumes: [route.consumes], body: { type: 'string', format: 'binary' } } : {}),
    ...(route.produces ? { produces: [route.produces], response: replies ?? { [status]: aStream } } : {}),
    ...(Object.keys(told).length > 0
      ? { response: { ...replies, [status]: { ...replies?.[status], headers: told } } }
      : {}),
  }
}
