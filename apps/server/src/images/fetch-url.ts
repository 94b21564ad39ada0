import { once } from 'node:events'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { getCACertificates } from 'node:tls'
import { ProblemError } from '@eims/contracts'

/** As many as curl's users are used to before they call it a loop. */
const MOST_REDIRECTS = 5
/** A server that sends nothing for so long is away; milliseconds. */
const SILENCE_MS = 60_000

interface FetchWays {
  httpProxy: string | null
  noProxy: string | null
  /** PEM, besides what the system trusts; null for none */
  caCertificate: string | null
  /** more announced bytes are refused before any is fetched */
  maxBytes: number
  /** milliseconds without a byte; a minute when left out */
  silence?: number
  /** told the bytes that will come, where the server says so */
  onLength?: (bytes: number) => void
}

/**
 * The body of GET `url`, as it comes. Follows redirects, from https to https only: what began private stays so.
 * Its length is checked when it was announced; whether the bytes are the right ones is for the caller's digest.
 *
 * @throws ProblemError `image-unreadable`: no answer, another status than 200, too many redirects, broken off;
 *   `too-large`; the reason of `signal`
 */
export async function* fetchUrl(url: string, ways: FetchWays, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const { origin, pathname } = new URL(url)
  const what = `${origin}${pathname}`
  let response: IncomingMessage | undefined
  let bytes = 0
  try {
    response = await follow(url, ways, signal)
    if (response.statusCode !== 200)
      throw new ProblemError('image-unreadable', `${what} answered ${response.statusCode}`)
    const announced = lengthOf(response)
    if (announced !== null && announced > ways.maxBytes)
      throw new ProblemError('too-large', `${what} has ${announced} bytes, more than the ${ways.maxBytes} allowed`)
    if (announced) ways.onLength?.(announced)
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      yield chunk
    }
    if (announced !== null && announced !== bytes) throw new Error(`${bytes} of ${announced} bytes came`)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ProblemError) throw error
    const { message } = error as Error
    throw new ProblemError(
      'image-unreadable',
      bytes > 0 ? `${what} broke off after ${bytes} bytes: ${message}` : `${what} cannot be fetched: ${message}`,
    )
  } finally {
    response?.destroy()
  }
}

async function follow(url: string, ways: FetchWays, signal: AbortSignal): Promise<IncomingMessage> {
  let at = new URL(url)
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await get(at, ways, signal)
    const { statusCode = 0, headers } = response
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return response
    response.destroy()
    const next = URL.parse(headers.location, at.href)
    if (!next || !['http:', 'https:'].includes(next.protocol))
      throw new ProblemError(
        'image-unreadable',
        `${at.origin} redirects to ${headers.location}, which is neither http nor https`,
      )
    if (at.protocol === 'https:' && next.protocol !== 'https:')
      throw new ProblemError('image-unreadable', `${at.origin} redirects from https to ${next.origin}`)
    at = next
  }
  throw new ProblemError('image-unreadable', `${new URL(url).origin} redirects more than ${MOST_REDIRECTS} times`)
}

async function get(url: URL, ways: FetchWays, signal: AbortSignal): Promise<IncomingMessage> {
  const { httpProxy, noProxy, caCertificate, silence = SILENCE_MS } = ways
  const proxyEnv = httpProxy ? { HTTP_PROXY: httpProxy, HTTPS_PROXY: httpProxy, NO_PROXY: noProxy ?? '' } : undefined
  const options = { ...(proxyEnv ? { proxyEnv } : {}), timeout: silence }
  const isTls = url.protocol === 'https:'
  const agent = isTls ? new HttpsAgent({ ...options, ...trust(caCertificate) }) : new HttpAgent(options)
  const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'eims' }
  const request = (isTls ? httpsRequest : httpRequest)(url, { agent, signal, headers, timeout: silence })
  request.on('timeout', () => request.destroy(new Error(`nothing came for ${Math.round(silence / 1000)} s`)))
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  // Unheard, an error between two reads of the body would end the process.
  request.on('error', () => {})
  return response
}

function lengthOf({ headers }: IncomingMessage): number | null {
  const length = Number(headers['content-length'])
  return headers['content-length'] !== undefined && Number.isSafeInteger(length) ? length : null
}

/** `ca` replaces the system's list, so it stands there beside the given one. */
function trust(caCertificate: string | null) {
  return caCertificate === null ? {} : { ca: [...getCACertificates('default'), caCertificate] }
}
