import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { ChunkMissing, type ChunkSource } from '../sources.ts'

/** A source that sends nothing for so long is away; milliseconds. */
const IDLE = 30_000
/**
 * Bytes of all plain connections are read into the same memory, where http would take 64 KiB for each read: the parser copies
 * what is a body, before this returns.
 */
const plain = new http.Agent({
  keepAlive: true,
  onread: {
    buffer: Buffer.allocUnsafeSlow(256 * 1024),
    callback(this: Socket, length: number, bytes: Uint8Array) {
      this.emit('data', Buffer.from(bytes.buffer, bytes.byteOffset, length))
      return true
    },
  },
} as http.AgentOptions)

/** A mirror may send on to another place so often. */
const REDIRECTS = 5

/**
 * Chunks from `<base>/blobs/<digest>`. By Node's http and not by fetch, whose streams take twice the CPU time a byte.
 * @param token the session, sent along when there is one, but to no other origin that a source sends on to
 */
export function httpChunks(base: string, token: () => string | null): ChunkSource {
  const { origin } = new URL(base)
  return {
    name: base,
    async fetch(digest, maxBytes, signal, into) {
      const take = async (response: IncomingMessage): Promise<Buffer | URL> => {
        const { statusCode = 0, headers } = response
        if (statusCode === 200) return await collect(response, maxBytes, into)
        if (statusCode === 404 || statusCode === 410) throw new ChunkMissing(`${base} has no chunk ${digest}`)
        if (statusCode < 300 || statusCode > 399 || !headers.location) throw new Error(`answered ${statusCode}`)
        response.resume()
        return new URL(headers.location, url)
      }
      let url: URL = new URL(`blobs/${digest}`, base.endsWith('/') ? base : `${base}/`)
      for (let hops = 0; hops <= REDIRECTS; hops++) {
        const session = url.origin === origin ? token() : null
        const came: Buffer | URL = await get(
          url,
          session === null ? {} : { authorization: `Bearer ${session}` },
          signal,
          take,
        )
        if (!(came instanceof URL)) return came
        url = came
      }
      throw new Error(`sends on more than ${REDIRECTS} times`)
    },
  }
}

/** One request. However it ends, its connection is used again or closed. Rejects with what `signal` was aborted with. */
async function get<T>(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  take: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const { resolve, reject, promise } = Promise.withResolvers<T>()
  const request =
    url.protocol === 'https:'
      ? https.get(url, { headers, timeout: IDLE })
      : http.get(url, { headers, timeout: IDLE, agent: plain })
  const cancel = () => request.destroy()
  signal.addEventListener('abort', cancel)
  request.on('timeout', () => {
    reject(new Error(`nothing came for ${IDLE / 1000} s`))
    request.destroy()
  })
  request.on('error', (cause) => reject(new Error('fetch failed', { cause })))
  request.on('response', (response) => void take(response).then(resolve, reject))
  try {
    return await promise
  } catch (error) {
    request.destroy()
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function collect(response: IncomingMessage, maxBytes: number, into: Buffer | undefined): Promise<Buffer> {
  // allocated once: collecting the parts and joining them would take twice the memory
  const most = Math.min(maxBytes, Number(response.headers['content-length'] ?? maxBytes))
  const bytes = into?.subarray(0, most) ?? Buffer.allocUnsafeSlow(most)
  const { resolve, reject, promise } = Promise.withResolvers<Buffer>()
  let length = 0
  response.on('data', (part: Buffer) => {
    // a source that sends more than the manifest says is as good as one without the chunk
    if (length + part.length > most) return reject(new ChunkMissing(`the chunk is longer than ${most} bytes`))
    bytes.set(part, length)
    // The parser made a copy for us. It is given back as soon as the parser is done with its own: V8 would let 20 MB of
    // them pile up, and collect garbage then.
    process.nextTick(() => part.byteLength === part.buffer.byteLength && (part.buffer as ArrayBuffer).transfer(0))
    length += part.length
  })
  response.on('end', () => resolve(bytes.subarray(0, length)))
  response.on('error', (cause) => reject(new Error('fetch failed', { cause })))
  return promise
}
