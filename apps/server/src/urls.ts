import type { FastifyRequest } from 'fastify'

/** The one place that makes URLs for machines: the base of a segment plus a path and its query. */
export function urlFor(base: string, path: string, query: Record<string, string | undefined> = {}): string {
  const url = new URL(path, base)
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value)
  return url.href
}

/** The base URL under which this caller reached us; a Host header from outside is not believed. */
export function baseOf(request: FastifyRequest): string {
  const { localAddress, localPort } = request.raw.socket
  const host = (localAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
  return `http://${host.includes(':') ? `[${host}]` : host}:${localPort}`
}
