import { PAGE_HEADER, ProblemError } from '@eims/contracts'
import type { FastifyRequest } from 'fastify'
import { overTls } from '../urls.ts'

/**
 * Over TLS it has a name that browsers take from nobody but this very host (RFC 6265bis section 4.1.3.2); by plain HTTP,
 * which is on loopback, that prefix is not to be had.
 */
const nameFor = (request: FastifyRequest) => (overTls(request) ? '__Host-eims' : 'eims')

/** What the cookie of a browser that signed in holds; null: it sends none that could be one. */
export function sessionOf(request: FastifyRequest): string | null {
  const name = nameFor(request)
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = pair.trim().split('=', 2)
    if (key === name && /^[\w-]{1,128}$/.test(value)) return value
  }
  return null
}

/** The header Set-Cookie that keeps a session in a browser, out of reach of scripts and of other sites; null ends it. */
export function cookieFor(request: FastifyRequest, session: { text: string; seconds: number } | null): string {
  const secure = overTls(request) ? '; Secure' : ''
  const { text, seconds } = session ?? { text: '', seconds: 0 }
  return `${nameFor(request)}=${text}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`
}

/**
 * Throws `foreign-page` for what a page of another origin may have caused (CSRF): a browser sends the cookie by itself.
 * It says where a request comes from (Sec-Fetch-Site, on loopback and over TLS; else Origin), and a change carries a
 * header that only a page of ours can send. An address that a person typed comes from `none`, and reads.
 */
export function refuseForeignPage(request: FastifyRequest): void {
  const { headers, method, host } = request
  const reads = method === 'GET' || method === 'HEAD'
  const site = headers['sec-fetch-site']
  const isOurs =
    site === undefined
      ? headers.origin === undefined || hostOf(headers.origin) === host
      : site === 'same-origin' || (site === 'none' && reads)
  if (!isOurs) throw new ProblemError('foreign-page', 'a page of another origin has sent it')
  if (!reads && headers[PAGE_HEADER] === undefined)
    throw new ProblemError(
      'foreign-page',
      `a change with a cookie carries the header ${PAGE_HEADER}, and this one does not`,
    )
}

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : null)
