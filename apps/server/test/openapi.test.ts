import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { problems, type Route, routes } from '@eims/contracts'
import t from 'tap'
import { isTagged } from '../src/http/etag.ts'
import { headersOf, makes } from '../src/http/headers.ts'
import { aProblem } from '../src/http/openapi/examples.ts'
import { documentedApp } from './support/openapi-document.ts'

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { content?: Record<string, { schema: object }>; headers?: Record<string, object> }>
}

const app = await documentedApp()
const document = JSON.parse(JSON.stringify(app.document)) as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: { Problem: { properties: { code: { enum: string[] } } } } & Record<string, object>
    responses: { Problem: { content: object } }
  }
}
const table: [string, Route][] = Object.entries(routes)
/** What a reference leads to. */
const resolved = (schema: object | undefined) =>
  schema && '$ref' in schema ? document.components.schemas[String(schema.$ref).split('/').at(-1) ?? ''] : schema
const pathOf = (route: Route) => route.path.replaceAll(/:(\w+)/g, '{$1}')

await t.test('every route of the table is in the OpenAPI document, with its schemas', async (t) => {
  t.equal(document.openapi, '3.1.0')
  for (const [name, route] of table) {
    const operation = document.paths[pathOf(route)]?.[route.method.toLowerCase()]
    t.match(operation, { operationId: route.operationId ?? name, summary: route.summary, tags: [/^[a-z-]+$/] }, name)
    const parameters = operation?.parameters ?? []
    for (const key of Object.keys((route.params as { shape?: object } | undefined)?.shape ?? {}))
      t.ok(
        parameters.some((each) => each.in === 'path' && each.name === key),
        `${name} path ${key}`,
      )
    for (const key of Object.keys((route.query as { shape?: object } | undefined)?.shape ?? {}))
      t.ok(
        parameters.some((each) => each.in === 'query' && each.name === key),
        `${name} query ${key}`,
      )
    const hasBody = route.body !== undefined || route.consumes !== undefined
    t.equal(operation?.requestBody !== undefined, hasBody, `${name} body`)
    if (route.body)
      t.match(
        resolved(operation?.requestBody?.content['application/json']?.schema),
        { type: 'object', properties: Object },
        name,
      )
    if (route.consumes)
      t.strictSame(
        Object.keys(operation?.requestBody?.content ?? {}),
        [route.consumes, ...(route.alsoConsumes ?? [])],
        `${name} takes`,
      )
    const reply = operation?.responses[String(route.status ?? 200)]
    t.ok(reply, `${name} answers ${route.status ?? 200}`)
    if (route.status !== 204) t.ok(reply?.content?.[route.produces ?? 'application/json']?.schema, `${name} reply`)
    for (const key of Object.keys(headersOf(route)))
      t.ok(
        parameters.some((each) => each.in === 'header' && each.name === key),
        `${name} header ${key}`,
      )
    t.equal(reply?.headers?.ETag !== undefined, isTagged(route.reply), `${name} has an ETag`)
    t.equal(reply?.headers?.Location !== undefined, makes(route), `${name} has a Location`)
    t.strictSame(
      operation?.security.flatMap(({ key = [] }) => key),
      route.role && route.role !== 'anyone' ? [route.role] : [],
      `${name} role`,
    )
    const problem = { $ref: '#/components/responses/Problem' }
    t.match(operation?.responses, { '4XX': problem, '5XX': problem }, `${name} may fail`)
  }
})

await t.test('errors have one form, and their codes are listed', async (t) => {
  const { schemas, responses } = document.components
  t.strictSame(responses.Problem.content, {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: aProblem },
  })
  t.strictSame(schemas.Problem.properties.code.enum, Object.keys(problems))
})

await t.test('and nothing else is', async (t) => {
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const wanted = table.map(([, route]) => `${route.method} ${pathOf(route)}`)
  t.strictSame(documented.filter((each) => !each.startsWith('HEAD ')).sort(), wanted.sort())
})

await t.test(
  'what is documented is served, on that listener and to that role, and what is served is documented',
  (t) => {
    const place = (method: unknown, url: string, listener?: string, role?: string) =>
      `${String(method)} ${url} ${listener} ${role}`
    const ours = app.served.filter(
      ({ method, url }) => method !== 'HEAD' && /^\/(api|agent)\/v1\//.test(url) && url !== '/api/v1/openapi.json',
    )
    t.strictSame(
      ours.map(({ method, url, config }) => place(method, url, config?.listener, config?.role)).sort(),
      table.map(([, { method, path, listener, role }]) => place(method, path, listener, role)).sort(),
    )
    t.end()
  },
)

await t.test('docs/openapi.json is this document', async (t) => {
  const kept = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8'))
  t.strictSame(kept, document, 'write it anew with: node apps/server/test/support/write-openapi.ts')
})
