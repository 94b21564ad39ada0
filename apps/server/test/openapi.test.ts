import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { problems, type Route, routes } from '@eims/contracts'
import t from 'tap'
import { isTagged } from '../src/http/etag.ts'
import { headersOf } from '../src/http/headers.ts'
import { openApiDocument } from './support/openapi-document.ts'

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security?: object[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: { 'application/json': { schema: { properties?: object } } } }
  responses: Record<string, { content?: Record<string, { schema: object }>; headers?: { ETag?: object } }>
}

const document = JSON.parse(JSON.stringify(await openApiDocument())) as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: { Problem: { properties: { code: { enum: string[] } } } }
    responses: { Problem: { content: object } }
  }
}
const table: [string, Route][] = Object.entries(routes)
const pathOf = (route: Route) => route.path.replaceAll(/:(\w+)/g, '{$1}')

await t.test('every route of the table is in the OpenAPI document, with its schemas', async (t) => {
  t.equal(document.openapi, '3.1.0')
  for (const [name, route] of table) {
    const operation = document.paths[pathOf(route)]?.[route.method.toLowerCase()]
    t.match(operation, { operationId: name, summary: route.summary, tags: [/^[a-z]+$/] }, name)
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
      t.match(operation?.requestBody?.content['application/json'].schema, { type: 'object', properties: Object }, name)
    const reply = operation?.responses[String(route.status ?? 200)]
    t.ok(reply, `${name} answers ${route.status ?? 200}`)
    if (route.status !== 204) t.ok(reply?.content?.[route.produces ?? 'application/json']?.schema, `${name} reply`)
    for (const key of Object.keys(headersOf(route)))
      t.ok(
        parameters.some((each) => each.in === 'header' && each.name === key),
        `${name} header ${key}`,
      )
    if (isTagged(route.reply)) t.ok(reply?.headers?.ETag, `${name} has an ETag`)
    const problem = { $ref: '#/components/responses/Problem' }
    t.match(operation?.responses, { '4XX': problem, '5XX': problem }, `${name} may fail`)
  }
})

await t.test('errors have one form, and their codes are listed', async (t) => {
  const { schemas, responses } = document.components
  t.strictSame(responses.Problem.content, {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
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

await t.test('docs/openapi.json is this document', async (t) => {
  const kept = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8'))
  t.strictSame(kept, document, 'write it anew with: node apps/server/test/support/write-openapi.ts')
})
