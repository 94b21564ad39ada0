import { once } from 'node:events'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { BlockList } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { ProblemError } from '@eims/contracts'
import { namesBarred } from './barred-addresses.ts'

/** As many as curl's users are used to before they call it a loop. */
const MOST_REDIRECTS = 5
/** A server that sends nothing for so long is away; milliseconds. */
const SILENCE_MS = 60_000
const PAUSES_MS = [1000, 2000, 4000, 8000, 16_000, 32_000]

export interface FetchWays {
  httpProxy: string | null
  noProxy: string | null
  /** PEM, besides what the system trusts; null for none */
  caCertificate: string | null
  /** addresses that are not connected to, neither for the URL nor for a redirect nor as the proxy */
  barred: BlockList
  /** more announced bytes are refused before any is fetched */
  maxBytes: number
  /** milliseconds without a byte; a minute when left out */
  silence?: number
  /** milliseconds before each further request that follows one without a byte */
  pauses?: readonly number[]
  /** of the first request, and of those to the same origin */
  headers?: { authorization?: string }
  /** told the bytes that will come, where the server says so */
  onLength?: (bytes: number) => void
}

/**
 * The body of GET `url`, as it comes. Follows redirects, from https to https only: what began private stays so.
 * One that breaks off is asked for from there on (RFC 9110 section 14), for as long as each answer brings something. Its
 * length is checked when it was announced; whether the bytes are the right ones is for the caller's digest.
 *
 * @throws ProblemError `image-unreadable`: no answer, another status than 200, too many redirects, broken off;
 *   `too-large`; the reason of `signal`. Of what the other side sent they tell the status and nothing else.
 */
export async function* fetchUrl(url: string, ways: FetchWays, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const { origin, pathname } = new URL(url)
  const what = `${origin}${pathname}`
  const { pauses = PAUSES_MS } = ways
  let bytes = 0
  let body: Body | null = null
  for (let fruitless = 0; ; ) {
    const before = bytes
    try {
      body = body === null ? await whole(url, what, ways, signal) : await rest(url, body, bytes, ways, signal)
      for await (const chunk of body.response as AsyncIterable<Buffer>) {
        bytes += chunk.length
        yield chunk
      }
      if (body.length === null || body.length === bytes) return
      throw new OurWords(`${bytes} of ${body.length} bytes came`)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ProblemError) throw error
      fruitless = bytes > before ? 0 : fruitless + 1
      const pause = body?.canGoOn ? pauses[fruitless] : undefined
      if (pause === undefined) {
        const why = reasonOf(error as Error)
        throw new ProblemError(
          'image-unreadable',
          bytes > 0 ? `${what} broke off after ${bytes} bytes: ${why}` : `${what} cannot be fetched: ${why}`,
        )
      }
      await sleep(pause, undefined, { signal })
    } finally {
      body?.response.destroy()
    }
  }
}

interface Body {
  response: IncomingMessage
  /** bytes of the whole; null: nobody says */
  length: number | null
  /** the same file's mark, if it has one that tells one byte from another */
  validator: string | undefined
  canGoOn: boolean
}

async function whole(url: string, what: string, ways: FetchWays, signal: AbortSignal): Promise<Body> {
  const response = await follow(url, ways, signal, ways.headers)
  const { statusCode, headers } = response
  const length = lengthOf(response)
  const refuse = (code: 'image-unreadable' | 'too-large', message: string): never => {
    response.destroy()
    throw new ProblemError(code, message)
  }
  if (statusCode !== 200) refuse('image-unreadable', `${what} answered ${statusCode}`)
  if (length !== null && length > ways.maxBytes)
    refuse('too-large', `${what} has ${length} bytes, more than the ${ways.maxBytes} allowed`)
  if (length) ways.onLength?.(length)
  const etag = headers.etag?.startsWith('W/') ? undefined : headers.etag
  const validator = etag ?? headers['last-modified']
  return { response, length, validator, canGoOn: headers['accept-ranges'] === 'bytes' && length !== null }
}

/** The same body from a byte on. Throws when the server gives anything else. */
async function rest(url: string, body: Body, from: number, ways: FetchWays, signal: AbortSignal): Promise<Body> {
  const { length, validator } = body
  const range = { range: `bytes=${from}-`, ...(validator === undefined ? {} : { 'if-range': validator }) }
  const response = await follow(url, ways, signal, { ...ways.headers, ...range })
  if (response.statusCode === 206 && response.headers['content-range'] === `bytes ${from}-${length! - 1}/${length}`)
    return { ...body, response }
  response.destroy()
  body.canGoOn = false
  throw new OurWords(`it cannot go on there (${response.statusCode})`)
}

/**
 * The answer to GET `url`, or to where it redirects; what opens one origin is not sent to another.
 * @throws ProblemError `image-unreadable`; of what went wrong with a connection `reasonOf` tells more
 */
export async function follow(
  url: string,
  ways: FetchWays,
  signal: AbortSignal,
  headers: { authorization?: string } = {},
): Promise<IncomingMessage> {
  let at = new URL(url)
  const first = at.origin
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    if (namesBarred(at, ways.barred)) throw new OurWords(BARRED)
    const { authorization: _, ...others } = headers
    const response = await get(at, ways, signal, at.origin === first ? headers : others)
    const { statusCode = 0 } = response
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return response
    response.destroy()
    const next = URL.parse(location, at.href)
    if (!next || !['http:', 'https:'].includes(next.protocol))
      throw new ProblemError('image-unreadable', `${first} redirects to what is neither http nor https`)
    if (at.protocol === 'https:' && next.protocol !== 'https:')
      throw new ProblemError('image-unreadable', `${first} redirects from https to http`)
    at = next
  }
  throw new ProblemError('image-unreadable', `${first} redirects more than ${MOST_REDIRECTS} times`)
}

async function get(url: URL, ways: FetchWays, signal: AbortSignal, more: object): Promise<IncomingMessage> {
  const { silence = SILENCE_MS } = ways
  const agent = agentFor(url, ways, silence)
  const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'eims', ...more }
  const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    agent,
    signal,
    headers,
    timeout: silence,
  })
  request.on('timeout', () => request.destroy(new OurWords(`nothing came for ${Math.round(silence / 1000)} s`)))
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  // Unheard, an error between two reads of the body would end the process.
  request.on('error', () => {})
  return response
}

/**
 * What connects for a request to `url`: by the site's proxy, trusting what the ways say, and to no barred address.
 * @param timeout milliseconds without a byte
 */
export function agentFor(
  url: URL,
  { httpProxy, noProxy, caCertificate, barred }: Pick<FetchWays, 'httpProxy' | 'noProxy' | 'caCertificate' | 'barred'>,
  timeout: number,
): HttpAgent {
  const proxyEnv = httpProxy ? { HTTP_PROXY: httpProxy, HTTPS_PROXY: httpProxy, NO_PROXY: noProxy ?? '' } : undefined
  const options = { ...(proxyEnv ? { proxyEnv } : {}), timeout }
  const agent =
    url.protocol === 'https:' ? new HttpsAgent({ ...options, ...trust(caCertificate) }) : new HttpAgent(options)
  connectNowhereElse(agent, barred)
  return agent
}

/**
 * Node asks a socket's `blockList` for each address that it is about to connect to, after any look-up. The option of that
 * name reaches neither the connection to a proxy nor one over TLS, and no socket connects before the next tick.
 */
function connectNowhereElse(agent: HttpAgent, barred: BlockList): void {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (...args) => {
    const socket = connect(...args)
    if (socket) Object.assign(socket, { blockList: barred })
    return socket
  }
}

/** An end that we put into words ourselves. */
class OurWords extends Error {}

const BARRED =
  'no image is fetched from such an address: loopback, a link of this server, a metadata service or a group'

/** Node's own words quote certificates and replies, so of what is not ours only the code is told. */
export function reasonOf(error: Error & { code?: string; errors?: { code?: string }[] }): string {
  if (error instanceof OurWords) return error.message
  const code = codeOf(error)
  return code === IS_BARRED ? BARRED : (code ?? 'it failed')
}

/** Code of a connection that was not made because its address is barred. */
export const IS_BARRED = 'ERR_IP_BLOCKED'

/** PURE: the code of what went wrong with a request, `ECONNREFUSED`; undefined when it has none. */
export function codeOf(error: Error & { code?: string; errors?: { code?: string }[] }): string | undefined {
  const codes = [error, ...(error.errors ?? [])].map(({ code }) => code)
  return codes.includes(IS_BARRED) ? IS_BARRED : codes.find((code) => code !== undefined)
}

function lengthOf({ headers }: IncomingMessage): number | null {
  const length = Number(headers['content-length'])
  return headers['content-length'] !== undefined && Number.isSafeInteger(length) ? length : null
}

/** So many sets of CAs are kept ready; a site has one, and an image that is added may bring another. */
const MOST_CONTEXTS = 8
const contexts = new Map<string, SecureContext>()

/**
 * `ca` replaces the system's list, which is therefore given along with the extra one. Reading those hundreds of
 * certificates takes milliseconds in which nobody else is answered, so it is done once.
 */
function trust(caCertificate: string | null) {
  if (caCertificate === null) return {}
  let secureContext = contexts.get(caCertificate)
  if (!secureContext) {
    secureContext = createSecureContext({ ca: [...getCACertificates('default'), caCertificate] })
    const [oldest] = contexts.keys()
    if (contexts.size >= MOST_CONTEXTS) contexts.delete(oldest!)
    contexts.set(caCertificate, secureContext)
  }
  return { secureContext }
}
