import { type Route, type RouteName, routes } from '@eims/contracts'
import { aProblem } from './examples.ts'
import { headers, operationOf } from './operation.ts'
import { type Json, jsonSchemas } from './schemas.ts'
import { tagOf, tags } from './tags.ts'

const description = `On-prem provisioning of bare machines. Lists, filters, changes and errors are told of in docs/rest.md.

GET answers HEAD as well, but for backups and streams. OPTIONS of every path is answered with 204 and the header Allow,
which names its methods; it stands at none of them, so that clients made of this document have no function for it.`

/** As \`answerProblem\` makes it; \`code\` is one of the table in docs/errors.md. */
const problemReply = {
  description: 'An error (RFC 9457)',
  headers: {
    'WWW-Authenticate': { schema: { type: 'string' }, description: 'With 401' },
    Allow: { schema: { type: 'string' }, description: 'With 405: the methods that there are' },
    'Retry-After': { schema: { type: 'integer' }, description: 'With 429, 409 idempotency-busy and 503 busy: seconds' },
  },
  content: {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: aProblem },
  },
}

const address = (host: Json, port: string, option: string) => ({
  host,
  port: { default: port, description: `\`up --${option}\`` },
})
const servers = [
  { url: '/', description: 'The server that this document came from' },
  {
    url: 'http://{host}:{port}',
    description: "On the server's own machine",
    variables: address({ default: '127.0.0.1', enum: ['127.0.0.1', 'localhost'] }, '7481', 'admin-port'),
  },
  {
    url: 'https://{host}:{port}',
    description: 'Over TLS, with a certificate of the CA that `GET /ca.crt` gives',
    variables: address(
      { default: 'eims.example', description: 'A name or an address of the server that its certificate has' },
      '7444',
      'admin-https-port',
    ),
  },
]
const machinesServers = [
  {
    url: 'http://{host}:{port}',
    description: 'Where machines boot',
    variables: address({ default: '192.168.77.1', description: 'The address on their LAN' }, '7480', 'http-port'),
  },
]

/**
 * PURE: the OpenAPI document (3.1), made of the table of routes and the zod schemas that check every request.
 * @param version of eims
 */
export function openApiDocument(version: string): Json {
  const table = Object.entries(routes) as [RouteName, Route][]
  const schemas = jsonSchemas(
    table.flatMap(([, { params, query, body, reply }]) => [
      ...[params, query, body].flatMap((schema) => (schema ? [{ schema, direction: 'input' as const }] : [])),
      { schema: reply, direction: 'output' as const },
    ]),
  )
  const paths: Record<string, Json> = {}
  for (const [name, route] of table) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = {
      ...operationOf(name, schemas),
      ...(route.listener === 'open' ? { servers: machinesServers } : {}),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'eims',
      version,
      description,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers,
    security: [{ key: [] }],
    tags: [...new Set(table.map(([, route]) => tagOf(route)))]
      .sort()
      .map((name) => ({ name, ...(tags[name] ? { description: tags[name] } : {}) })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key, with a role' },
        session: { type: 'http', scheme: 'bearer', description: 'What a machine was given when it booted' },
      },
      schemas: schemas.components,
      headers,
      responses: { Problem: problemReply },
    },
  }
}
