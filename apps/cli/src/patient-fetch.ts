import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'

/**
 * `fetch` for a body that is a stream and a reply that may take its time: Node's own gives up after five minutes in
 * which nothing could be sent or no reply came, which is what happens while the server works on another image. `signal`
 * alone ends this one.
 */
export const patientFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
  const url = new URL(input instanceof Request ? input.url : input)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const { method, headers, body, signal } = init
  const request = send(url, {
    method,
    headers: Object.fromEntries(new Headers(headers)),
    ...(signal ? { signal } : {}),
  })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  // A server that refuses answers before it has read everything, and then breaks the connection.
  request.on('error', () => {})
  const source = Readable.fromWeb(body as WebStream)
  source.once('error', (error) => request.destroy(error)).pipe(request)
  try {
    const [response] = await answered
    const pieces: Buffer[] = []
    for await (const piece of response) pieces.push(piece as Buffer)
    return new Response(Buffer.concat(pieces), {
      status: response.statusCode ?? 0,
      headers: { 'content-type': response.headers['content-type'] ?? '' },
    })
  } catch (cause) {
    signal?.throwIfAborted()
    // as fetch says it
    throw new TypeError('fetch failed', { cause })
  } finally {
    source.destroy()
  }
}
