import { z } from 'zod'
import { named } from '../component.ts'

/** Which listener a route is served on: the machines' LAN, or the administrator's. */
export type Listener = 'open' | 'admin'
/** Roles of keys, each including the ones before it; `board` reads what a screen on the wall shows, and nothing else. */
export const Role = z.enum(['board', 'viewer', 'operator', 'admin'])
export type Role = z.infer<typeof Role>

named({ Role })

/** Whether a role may do what another one is needed for. */
export const includesRole = (has: Role, needed: Role) => Role.options.indexOf(has) >= Role.options.indexOf(needed)

/**
 * One row of the table of routes, and the whole of what the OpenAPI document says of a route, beside its headers
 * (apps/server/src/http/headers.ts). A schema of several fields is named beside its definition (`named`, component.ts);
 * the first word of the path has a description in apps/server/src/http/openapi/tags.ts.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  path: string
  listener: Listener
  /** for admin routes: the lowest role that may call it; `anyone`: without a key */
  role?: Role | 'anyone'
  summary: string
  /** what generated clients call it, a verb and a noun; left out: the row's own name */
  operationId?: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** of a stream: one item of it */
  reply: z.ZodType
  status?: number
  /** the body's media type when it is not application/json: it comes as a stream */
  consumes?: string
  /**
   * further media types of such a body; `multipart/form-data` is a form with the body as its part `file`, and with the
   * query's parameters as further fields
   */
  alsoConsumes?: readonly string[]
  /** the reply's media type when it is not application/json: served by a handler of its own, not by the typed client */
  produces?: string
  /** the reply holds a secret that is shown once: it is not kept for a repeated request */
  secret?: boolean
}

/** The path parameter of one resource. */
export const id = z.object({ id: z.string().min(1).max(128) })
export const nothing = z.null()
/** Keeps the literal types of a table of routes. */
export const define = <const R extends Record<string, Route>>(table: R) => table
