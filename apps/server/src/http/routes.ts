import {
  type CallReply,
  invalidInput,
  type Listener,
  ProblemError,
  type Role,
  type Route,
  type RouteName,
  routes,
} from '@eims/contracts'
import { knowingOutcome } from '@eims/registry'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { ZodError, ZodObject, z } from 'zod'
import { listenerOf, takesTime } from '../listen/http.ts'
import { storable } from '../storable.ts'
import { etagOfReply, isTagged } from './etag.ts'
import { isAnsweredOnce, makes } from './headers.ts'
import type { Answer } from './once.ts'
import { unknownIn } from './unknown-fields.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** every route there is, with what guards it */
    served: RouteOptions[]
  }
  interface FastifyContextConfig {
    listener?: Listener
    /** of an administrator's route; `anyone`: it shows nothing of the site, and asks for no key */
    role?: Role | 'anyone'
    /** whoever had a good key lately is answered while the database is silent, too */
    whileSilent?: true
    /** on the other kind of listener it is as if it were not there */
    untold?: true
  }
  interface FastifyRequest {
    /** who calls, for the audit log: the key's name */
    actor: string
    /** the key's id; empty on routes that ask for none */
    keyId: string
    role: Role | null
    /** whether the key, or the session, that it came with is still good; asking is no use of it */
    isStillIn: () => Promise<boolean>
    /** of the browser that asks, when it ends; null: the request carries a key itself */
    sessionEndsAt: Date | null
  }
}

type Parsed<N extends RouteName, K extends 'params' | 'query' | 'body'> = (typeof routes)[N] extends {
  [P in K]: infer S extends z.ZodType
}
  ? z.output<S>
  : undefined

/** What a handler gets: everything parsed by the route's schemas. */
export interface Call<N extends RouteName> {
  params: Parsed<N, 'params'>
  query: Parsed<N, 'query'>
  body: Parsed<N, 'body'>
  request: FastifyRequest
  reply: FastifyReply
}

/** zod as fastify's validator and serializer; a failure names every field. */
export function useZod(app: FastifyInstance): void {
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (data) => {
    try {
      return { value: schema.parse(storable(data)) }
    } catch (error) {
      if (!(error instanceof ZodError)) return { error: error as Error }
      return { error: invalidInput(error, httpPart === 'querystring' ? 'query' : httpPart) }
    }
  })
  app.setSerializerCompiler<z.ZodType>(
    ({ schema }) =>
      (data) =>
        JSON.stringify(schema.parse(data)),
  )
  // Before the body is looked at. What machines ask is read leniently.
  app.addHook('preValidation', async ({ routeOptions, query }) => {
    const { config, schema } = routeOptions
    if (config.listener !== 'admin' || !(schema?.querystring instanceof ZodObject)) return
    const unknown = unknownIn(schema.querystring, query, 'query')
    if (unknown) throw unknown
  })
}

/**
 * A route answers on its own kind of listener: an administrator's never where bare machines boot, a machine's never
 * where an office LAN may reach the administrator's. One that says nothing (`/healthz`, `/readyz`, `/ca.crt`) answers on both.
 */
export function guardListeners(app: FastifyInstance): void {
  app.decorate('served', [])
  app.addHook('onRoute', (route) => void app.served.push(route))
  app.addHook('onRequest', async (request) => {
    const { listener: wanted, untold } = request.routeOptions.config
    const came = listenerOf(request.raw)
    if (!wanted || !came || wanted === came) return
    const path = request.url.split('?')[0]
    if (untold) throw new ProblemError('not-found', `there is no ${request.method} ${path}`)
    throw new ProblemError('not-on-this-listener', `${path} is not served on this address`)
  })
}

/** The reply as it was made now or, for the same Idempotency-Key, before. `place`: below which what it made is read. */
function sendAnswer(
  reply: FastifyReply,
  { reply: schema }: Route,
  place: string | null,
  { status, json }: Answer,
): FastifyReply {
  reply.header('cache-control', 'no-store')
  if (json === null) return reply.code(status).send()
  if (place !== null || isTagged(schema)) {
    const made = JSON.parse(json) as { id?: unknown }
    const etag = etagOfReply(schema, made)
    if (etag) reply.header('etag', etag)
    if (place !== null && typeof made.id === 'string')
      reply.header('location', `${place}/${encodeURIComponent(made.id)}`)
  }
  return reply.code(status).type('application/json; charset=utf-8').serializer(String).send(json)
}

/**
 * Where to find what a route makes (RFC 9110 section 15.3.2), or is making: where such things are read by their ids. The
 * reply of what is read otherwise (a key with its text) lies beside the others of its sort. null: it makes nothing.
 */
function placeOf(route: Route): string | null {
  if (!makes(route)) return null
  const reads = Object.values<Route>(routes).find(
    ({ method, path, reply }) => method === 'GET' && reply === route.reply && /^\/api\/v1\/[a-z-]+\/:id$/.test(path),
  )
  return /^\/api\/v1\/[a-z-]+/.exec((reads ?? route).path)?.[0] ?? null
}

/** Of a route without parameters. */
export const nothingAsked = z.object({})

/** Registers one row of the contracts' route table with its handler. */
export function serve<N extends RouteName>(
  app: FastifyInstance,
  name: N,
  handler: (call: Call<N>) => Promise<CallReply<N>>,
  { bodyLimit, onRequest }: { bodyLimit?: number; onRequest?: (request: FastifyRequest) => Promise<void> } = {},
): void {
  const route: Route = routes[name]
  const status = route.status ?? 200
  const place = placeOf(route)
  app.route({
    method: route.method,
    url: route.path,
    ...(bodyLimit ? { bodyLimit } : {}),
    ...(onRequest ? { onRequest } : {}),
    config: { listener: route.listener, ...(route.role ? { role: route.role } : {}) },
    schema: {
      ...(route.params ? { params: route.params } : {}),
      querystring: route.query ?? nothingAsked,
      ...(route.body ? { body: route.body } : {}),
      response: { [status]: route.reply },
    },
    handler: async (request, reply) => {
      const { params, query, body } = request
      if (route.consumes) takesTime(request.raw)
      const answer = async (): Promise<Answer> => {
        const value = await knowingOutcome(() => handler({ params, query, body, request, reply } as Call<N>))
        return { status, json: status === 204 ? null : JSON.stringify(route.reply.parse(value)) }
      }
      const made = isAnsweredOnce(route)
        ? await app.once(request, reply, answer, route.secret ?? false)
        : await answer()
      return sendAnswer(reply, route, place, made)
    },
  })
}
