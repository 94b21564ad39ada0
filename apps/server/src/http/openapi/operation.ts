import { includesRole, Role, type Route, type RouteName, routes } from '@eims/contracts'
import { isTagged } from '../etag.ts'
import { headersOf, isAnsweredOnce, makes } from '../headers.ts'
import { examples } from './examples.ts'
import type { Json, Schemas } from './schemas.ts'
import { tagOf } from './tags.ts'

const binary = { type: 'string', format: 'binary' }

const header = (name: string) => ({ $ref: `#/components/headers/${name}` })
export const headers = {
  ETag: { schema: { type: 'string' }, description: 'For If-Match of a change that must not undo another one' },
  Location: { schema: { type: 'string' }, description: 'Path of what was made' },
  'Idempotency-Replayed': {
    schema: { type: 'string', enum: ['true'] },
    description: 'There when the request had been done before, under the same Idempotency-Key',
  },
} as const

const problem = { $ref: '#/components/responses/Problem' }

/** PURE: the operation object (OpenAPI 3.1, section 4.8.10) of one row of the table of routes. */
export function operationOf(name: RouteName, schemas: Schemas): Json {
  const route: Route = routes[name]
  return {
    operationId: route.operationId ?? name,
    summary: route.summary,
    description: whoMay(route),
    tags: [tagOf(route)],
    security: securityOf(route),
    parameters: [
      ...parametersOf(route.params, 'path', schemas),
      ...parametersOf(route.query, 'query', schemas),
      ...Object.entries(headersOf(route)).map(([name, { description, ...schema }]) => ({
        name,
        in: 'header',
        required: false,
        description,
        schema,
      })),
    ],
    ...bodyOf(name, route, schemas),
    responses: { [route.status ?? 200]: replyOf(name, route, schemas), '4XX': problem, '5XX': problem },
  }
}

function whoMay({ role, path }: Route): string {
  if (role === 'anyone') return 'Needs no key.'
  if (!role) return path === routes.onboard.path ? 'Needs a boot token.' : 'Needs what a machine was given for it.'
  const roles = Role.options.filter((each) => includesRole(each, role))
  return roles.length === 1
    ? `Needs a key with the role ${role}.`
    : `Needs a key with one of the roles ${roles.join(', ')}.`
}

/** From version 3.1 on the list of a bearer's requirement may hold role names. */
function securityOf({ role, path }: Route): Json[] {
  if (role === 'anyone') return []
  if (role) return [{ key: [role] }]
  return path === routes.onboard.path ? [] : [{ session: [] }]
}

function parametersOf(schema: Route['query'], place: 'path' | 'query', schemas: Schemas): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemas.of(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description ? { description } : {}),
    schema,
  }))
}

function bodyOf(name: RouteName, route: Route, schemas: Schemas): Json {
  const example = examples[name]?.body
  const shown = example === undefined ? {} : { example }
  if (route.body)
    return {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemas.of(route.body, 'input'), ...shown } },
      },
    }
  if (!route.consumes) return {}
  const content = Object.fromEntries(
    [route.consumes, ...(route.alsoConsumes ?? [])].map((type) => [
      type,
      type === 'multipart/form-data' ? { schema: formOf(route, schemas) } : { schema: binary, ...shown },
    ]),
  )
  return { requestBody: { required: true, content } }
}

/** In a form the part `file` is the body, and has its own name with it. */
function formOf(route: Route, schemas: Schemas): Json {
  const { properties } = route.query ? schemas.of(route.query, 'input') : { properties: {} }
  const { file: _, ...options } = properties as Record<string, Json>
  return {
    type: 'object',
    properties: { ...options, file: { ...binary, description: 'The file itself, of any of the other media types' } },
    required: ['file'],
    additionalProperties: false,
  }
}

const descriptions: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'Made',
  202: 'Begun',
  204: 'Done; there is nothing to tell',
}

function replyOf(name: RouteName, route: Route, schemas: Schemas): Json {
  const status = route.status ?? 200
  const type = route.produces ?? 'application/json'
  const example = examples[name]?.reply
  const told = {
    ...(isTagged(route.reply) ? { ETag: header('ETag') } : {}),
    ...(makes(route) ? { Location: header('Location') } : {}),
    ...(isAnsweredOnce(route) ? { 'Idempotency-Replayed': header('Idempotency-Replayed') } : {}),
  }
  const isText = type === 'application/json' || type.startsWith('text/')
  const schema = isText ? schemas.of(route.reply, 'output') : binary
  return {
    description: type === 'text/event-stream' ? 'A stream; each `data` is one of these' : descriptions[status],
    ...(Object.keys(told).length > 0 ? { headers: told } : {}),
    ...(status === 204 ? {} : { content: { [type]: { schema, ...(example === undefined ? {} : { example }) } } }),
  }
}
