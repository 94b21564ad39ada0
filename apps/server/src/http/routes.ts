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
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ZodError, type z } from 'zod'
import { listenerOf } from '../listen/http.ts'
import { storable } from './storable.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    listener?: Listener
    role?: Role
  }
  interface FastifyRequest {
    /** who calls, for the audit log: the key's name */
    actor: string
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
}

/** A route answers only on its own listener: the LAN of bare machines never reaches the administrator's side. */
export function guardListeners(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const wanted = request.routeOptions.config.listener
    const came = listenerOf(request.raw)
    if (wanted === 'admin' && came !== 'admin')
      throw new ProblemError('not-on-this-listener', `${request.url.split('?')[0]} is not served on this address`)
  })
}

/** Registers one row of the contracts' route table with its handler. */
export function serve<N extends RouteName>(
  app: FastifyInstance,
  name: N,
  handler: (call: Call<N>) => Promise<CallReply<N>>,
  { bodyLimit, onRequest }: { bodyLimit?: number; onRequest?: (request: FastifyRequest) => Promise<void> } = {},
): void {
  const route: Route = routes[name]
  const status = route.status ?? 200
  app.route({
    method: route.method,
    url: route.path,
    ...(bodyLimit ? { bodyLimit } : {}),
    ...(onRequest ? { onRequest } : {}),
    config: { listener: route.listener, ...(route.role ? { role: route.role } : {}) },
    schema: {
      operationId: name,
      summary: route.summary,
      ...(route.listener === 'open' ? { security: [] } : {}),
      tags: [/^\/api\/v1\/([a-z]+)/.exec(route.path)?.[1] ?? 'agent'],
      ...(route.params ? { params: route.params } : {}),
      ...(route.query ? { querystring: route.query } : {}),
      ...(route.body ? { body: route.body } : {}),
      response: { [status]: route.reply },
    },
    handler: async (request, reply) => {
      const value = await handler({
        params: request.params,
        query: request.query,
        body: request.body,
        request,
        reply,
      } as Call<N>)
      return reply.code(status).send(status === 204 ? undefined : value)
    },
  })
}
