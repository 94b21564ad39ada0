import type { TLSSocket } from 'node:tls'
import { ProblemError } from '@eims/contracts'
import type { FastifyRequest } from 'fastify'

/** The one place that makes URLs for machines: the base of a segment plus a path and its query. */
export function urlFor(base: string, path: string, query: Record<string, string | undefined> = {}): string {
  const url = new URL(path, base)
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value)
  return url.href
}

/** Whether a request came over TLS. */
export const overTls = (request: Pick<FastifyRequest, 'raw'>): boolean =>
  (request.raw.socket as Partial<TLSSocket>).encrypted === true

/** The base URL under which this caller reached us; a Host header from outside is not believed. */
export function baseOf(request: FastifyRequest): string {
  const { localAddress, localPort } = request.raw.socket
  const host = (localAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
  return `${overTls(request) ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${localPort}`
}

/** Whether a base URL is one over TLS. */
export const isTls = (base: string): boolean => base.startsWith('https:')

/**
 * Throws tls-only for a base by plain HTTP where that is not enough: what began over TLS stays on TLS, and on a site
 * that boots over nothing else a machine that began by plain HTTP has to begin anew.
 */
export function refusePlain(base: string, { begunOverTls, httpsOnly }: { begunOverTls: boolean; httpsOnly: boolean }) {
  if (isTls(base)) return
  if (begunOverTls)
    throw new ProblemError('tls-only', 'this was begun over TLS, and nothing of it is answered by plain HTTP')
  if (httpsOnly)
    throw new ProblemError('tls-only', 'this site boots over HTTPS only now; boot this machine from the network again')
}
