import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { ProblemError } from '@eims/contracts'
import type { FastifyInstance } from 'fastify'
import { listenerOf } from '../listen/http.ts'
import { overTls } from '../urls.ts'

/** What the administrator's listeners may be called. */
export interface KnownHosts {
  /** the certificate that the TLS listeners show, PEM */
  certificate: () => string
  /** further names and addresses: of a reverse proxy, behind a translation of addresses */
  further: () => readonly string[]
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1'])

/**
 * Whether a Host header's name, without its port, is one of the administrator's. A page in a browser can have its own
 * name resolved to our address (DNS rebinding), and then asks us in that name.
 */
export function isOurHost(host: string, tls: boolean, { certificate, further }: KnownHosts): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '')
  if (LOOPBACK.has(name) || further().includes(name)) return true
  if (!tls) return false
  const shown = new X509Certificate(certificate())
  return (isIP(name) ? shown.checkIP(name) : shown.checkHost(name)) !== undefined
}

/** Answers administrators under names of ours only. Machines boot from whatever address they were given. */
export function guardHosts(app: FastifyInstance, known: KnownHosts): void {
  app.addHook('onRequest', async (request) => {
    if (listenerOf(request.raw) !== 'admin') return
    if (!isOurHost(request.hostname, overTls(request), known))
      throw new ProblemError('wrong-host', `this server is not known as ${request.hostname}`)
  })
}
