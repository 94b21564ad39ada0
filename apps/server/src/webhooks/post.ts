import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type Event, ProblemError, type WebhookTest } from '@eims/contracts'
import { namesBarred } from '../images/barred-addresses.ts'
import { agentFor, codeOf, type FetchWays, IS_BARRED } from '../images/fetch-url.ts'
import { VERSION } from '../version.ts'
import { signed } from './sign.ts'

/** Milliseconds for the whole of a delivery. */
const PATIENCE_MS = 10_000

export type PostWays = Pick<FetchWays, 'httpProxy' | 'noProxy' | 'caCertificate' | 'barred'>

const BARRED = 'nothing is sent to such an address: loopback, a link of this server, a metadata service or a group'

/** @throws ProblemError invalid-input for a URL that itself names an address where nothing is sent to */
export function refuseBarred(url: string, barred: PostWays['barred']): void {
  if (!namesBarred(new URL(url), barred)) return
  throw new ProblemError('invalid-input', `body.url ${BARRED}`, [{ path: 'body.url', message: BARRED }])
}

/**
 * Delivers one event, once. Only a status of 200 to 299 counts; no redirect is followed, and of the reply nothing is read
 * but its status. Never rejects.
 * @param id the same whenever this event is sent to this webhook
 */
export async function postEvent(
  hook: { url: string; secret: string },
  { id, event }: { id: string; event: Event },
  ways: PostWays,
  stop?: AbortSignal,
): Promise<WebhookTest> {
  const began = performance.now()
  const end = (status: number | null, reason: string | null): WebhookTest => ({
    delivered: reason === null,
    status,
    reason,
    milliseconds: Math.round(performance.now() - began),
  })
  const late = AbortSignal.timeout(PATIENCE_MS)
  try {
    const url = new URL(hook.url)
    if (namesBarred(url, ways.barred)) return end(null, BARRED)
    const body = JSON.stringify(event)
    const headers = {
      ...signed(hook.secret, { id, at: Date.now(), body }),
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': `eims/${VERSION}`,
    }
    const signal = stop ? AbortSignal.any([late, stop]) : late
    const agent = agentFor(url, ways, PATIENCE_MS)
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent,
      signal,
      headers,
    })
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    // Unheard, what breaks off afterwards would end the process.
    request.on('error', () => {})
    response.on('error', () => {}).destroy()
    const { statusCode = 0 } = response
    if (statusCode >= 200 && statusCode < 300) return end(statusCode, null)
    const redirects = statusCode >= 300 && statusCode < 400
    return end(statusCode, `it answered ${statusCode}${redirects ? ', and redirects are not followed' : ''}`)
  } catch (error) {
    if (late.aborted) return end(null, `it did not answer within ${PATIENCE_MS / 1000} s`)
    const code = codeOf(error as Error)
    return end(null, code === IS_BARRED ? BARRED : `it cannot be reached: ${code ?? 'it failed'}`)
  }
}
