import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { MOST_IMPORT_BYTES, ProblemError } from '@eims/contracts'
import { interruptible } from '@eims/image'
import { type Encoding, EncodingWatch } from './encoding.ts'

/**
 * Puts a file that comes in on the disk: it is read more than once, and no transaction waits for a slow sender.
 * @throws ProblemError too-large; whatever the sender's stream ends with
 */
export async function spool(
  body: AsyncIterable<Uint8Array>,
  path: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string; encoding: { encoding: Encoding; mark: boolean } }> {
  const hash = createHash('sha256')
  const watch = new EncodingWatch()
  let bytes = 0
  await pipeline(
    interruptible(body, signal),
    async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        bytes += piece.length
        if (bytes > MOST_IMPORT_BYTES)
          throw new ProblemError('too-large', `a file may have ${MOST_IMPORT_BYTES / 1024 / 1024} MiB; divide it`)
        hash.update(piece)
        watch.add(piece)
        onBytes(bytes)
        yield piece
      }
    },
    createWriteStream(path, { mode: 0o600 }),
    { signal },
  )
  return { bytes, sha256: hash.digest('hex'), encoding: watch.end() }
}
