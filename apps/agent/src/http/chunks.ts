import { ChunkMissing, type ChunkSource } from '../sources.ts'

/** A source that sends nothing for so long is away; milliseconds. */
const IDLE = 30_000

/**
 * Chunks from `<base>/blobs/<digest>`.
 * @param token the session, sent along when there is one
 */
export function httpChunks(base: string, token: () => string | null): ChunkSource {
  return {
    name: base,
    async fetch(digest, maxBytes, signal) {
      const idle = new AbortController()
      const timer = setTimeout(() => idle.abort(new Error(`nothing came for ${IDLE / 1000} s`)), IDLE)
      try {
        const session = token()
        const response = await fetch(new URL(`blobs/${digest}`, base.endsWith('/') ? base : `${base}/`), {
          signal: AbortSignal.any([signal, idle.signal]),
          headers: session === null ? {} : { authorization: `Bearer ${session}` },
        })
        if (response.status === 404 || response.status === 410) throw new ChunkMissing(`${base} has no chunk ${digest}`)
        if (!response.ok) throw new Error(`answered ${response.status}`)
        return await collect(response, maxBytes, () => timer.refresh())
      } finally {
        clearTimeout(timer)
        // gives the connection back when the body was not read to its end
        idle.abort()
      }
    },
  }
}

async function collect(response: Response, maxBytes: number, onData: () => void): Promise<Buffer> {
  // allocated once: collecting the parts and joining them would take twice the memory
  const announced = Number(response.headers.get('content-length') ?? maxBytes)
  const bytes = Buffer.allocUnsafeSlow(Math.min(maxBytes, announced))
  let length = 0
  for await (const part of response.body ?? []) {
    onData()
    // a source that sends more than the manifest says is as good as one without the chunk
    if (length + part.length > bytes.length)
      throw new ChunkMissing(`${response.url} is longer than ${bytes.length} bytes`)
    bytes.set(part, length)
    length += part.length
  }
  return bytes.subarray(0, length)
}
