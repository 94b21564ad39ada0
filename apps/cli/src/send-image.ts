import { openAsBlob } from 'node:fs'
import { type CallInput, type Client, createClient, type Image } from '@eims/contracts'
import type { Server } from './connection.ts'
import { patientFetch } from './patient-fetch.ts'
import { progressLine } from './progress.ts'

const DAY_MS = 24 * 3600_000
const POLL_MS = 500

type Described = NonNullable<CallInput<'uploadImage'>['query']>

/** Sends an image file's bytes and waits until the server has worked on them; shows on a terminal how far it is. */
export async function sendImage(
  { client, server }: { client: Client; server: Server },
  described: Described,
  path: string,
): Promise<Image> {
  const line = progressLine(process.stderr)
  const over = new AbortController()
  const blob = await openAsBlob(path)
  const rawBody = blob.stream().pipeThrough(
    counting(blob.size, (sent) => {
      line.show(`sending ${described.name}`, sent)
      if (sent === 1 && process.stderr.isTTY) void follow(client, described.name, line, over.signal)
    }),
  )
  const upload = createClient({ baseUrl: server.url, token: server.key, fetch: patientFetch })
  try {
    return await upload(
      'uploadImage',
      { query: described },
      { rawBody, timeout: DAY_MS, headers: { 'content-length': String(blob.size) } },
    )
  } finally {
    over.abort()
    line.end()
  }
}

async function follow(client: Client, id: string, line: ReturnType<typeof progressLine>, signal: AbortSignal) {
  while (!signal.aborted) {
    const now = await client('getImage', { params: { id } }, { signal }).catch(() => null)
    if (now?.state === 'converting' && !signal.aborted) line.show(`reading ${now.name}`, now.progress)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Lets bytes through and tells how far they are, at most ten times a second, and the end. */
function counting(size: number, tell: (fraction: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let [sent, toldAt] = [0, 0]
  return new TransformStream({
    transform(chunk, controller) {
      sent += chunk.byteLength
      if (performance.now() - toldAt > 100 && sent < size) {
        toldAt = performance.now()
        tell(sent / size)
      }
      controller.enqueue(chunk)
    },
    flush: () => tell(1),
  })
}
