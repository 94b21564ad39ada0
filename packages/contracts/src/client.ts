import type { z } from 'zod'
import { ProblemError, problemFrom } from './problem.ts'
import { type Route, type RouteName, routes } from './routes.ts'

type Input<R extends Route, K extends 'params' | 'query' | 'body'> = R[K] extends z.ZodType
  ? { [P in K]: z.input<R[K]> }
  : object
type Optional<R extends Route> = R extends { query: z.ZodType } ? Partial<Input<R, 'query'>> : object
/** What a call of a route takes: its params, body, and optionally its query. */
export type CallInput<N extends RouteName> = Input<(typeof routes)[N], 'params'> &
  Input<(typeof routes)[N], 'body'> &
  Optional<(typeof routes)[N]>
export type CallReply<N extends RouteName> = z.output<(typeof routes)[N]['reply']>

interface ClientOptions {
  /** e.g. `http://127.0.0.1:7481` */
  baseUrl: string
  /** bearer key, session or token */
  token?: string
  /** abort a call after so many milliseconds (default 30,000; long polls add their own wait) */
  timeout?: number
  fetch?: typeof fetch
  /** sees every response, e.g. to read the server's Date */
  onResponse?: (response: Response) => void
}

export type Client = <N extends RouteName>(
  name: N,
  input: CallInput<N>,
  extra?: {
    timeout?: number
    signal?: AbortSignal
    rawBody?: NonNullable<RequestInit['body']>
    /** of rawBody; default application/octet-stream */
    contentType?: string
    /** e.g. If-Match, Idempotency-Key */
    headers?: Record<string, string>
  },
) => Promise<CallReply<N>>

/**
 * A typed client over the route table. Replies are parsed with the route's schema.
 * Throws ProblemError for a problem+json reply, and whatever fetch throws when no reply came.
 */
export function createClient(options: ClientOptions): Client {
  const { baseUrl, token, fetch: doFetch = fetch } = options
  return async (name, input, extra = {}) => {
    const route: Route = routes[name]
    const {
      params = {},
      query = {},
      body,
    } = input as {
      params?: Record<string, string>
      query?: Record<string, string | number | boolean | readonly string[] | undefined>
      body?: unknown
    }
    const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params[key])))
    const url = new URL(path, baseUrl)
    for (const [key, value] of Object.entries(query))
      for (const each of [value ?? []].flat()) url.searchParams.append(key, String(each))
    const timeout = AbortSignal.timeout(extra.timeout ?? options.timeout ?? 30_000)
    const payload = extra.rawBody ?? (route.body ? JSON.stringify(body) : undefined)
    const response = await doFetch(url, {
      method: route.method,
      headers: {
        ...(payload === undefined
          ? {}
          : { 'content-type': extra.rawBody ? (extra.contentType ?? 'application/octet-stream') : 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...extra.headers,
      },
      signal: extra.signal ? AbortSignal.any([timeout, extra.signal]) : timeout,
      ...(payload === undefined ? {} : { body: payload }),
      ...(extra.rawBody ? { duplex: 'half' } : {}),
    } as RequestInit)
    options.onResponse?.(response)
    const text = await response.text()
    if (!response.ok)
      throw (
        problemFrom(text) ??
        new ProblemError('internal', `${response.url} answered ${response.status} without a problem document`)
      )
    return route.reply.parse(text === '' ? null : JSON.parse(text)) as never
  }
}
