import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { problemFrom } from '@eims/contracts'
import type { Server } from '../connection.ts'

/**
 * A text file of the server, streamed to where it belongs.
 * @param out a file that does not exist yet, or a stream such as standard output
 * @throws ProblemError as the server says; whatever writing throws
 */
export async function download(
  server: Server,
  path: string,
  out: string | NodeJS.WritableStream,
  overwrite = false,
): Promise<void> {
  const response = await fetch(new URL(path, server.url), { headers: { authorization: `Bearer ${server.key}` } })
  if (!response.ok || !response.body)
    throw problemFrom(await response.text()) ?? new Error(`the server answered ${response.status}`)
  const body = Readable.fromWeb(response.body as ReadableStream)
  if (typeof out === 'string') await pipeline(body, createWriteStream(out, { flags: overwrite ? 'w' : 'wx' }))
  else await pipeline(body, out, { end: false })
}
