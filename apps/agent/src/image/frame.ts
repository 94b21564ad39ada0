import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { Frame } from '@eims/contracts'

const decompress = promisify(zstdDecompress)

/**
 * The raw bytes of a frame from its chunk, whose own digest was verified before. Node's zstd may stop
 * without an error after the first of several zstd frames, so length and digest of what comes out decide.
 * @throws when they are not the manifest's
 */
export async function unpack(frame: Frame, chunk: Buffer): Promise<Buffer> {
  const raw = await decompress(chunk, {
    maxOutputLength: frame.length,
    // one output buffer instead of hundreds and their concatenation
    chunkSize: Math.max(64, frame.length),
  }).catch((error: Error) => {
    throw new Error(`Chunk ${frame.sha256} does not decompress to ${frame.length} bytes: ${error.message}`)
  })
  if (raw.length !== frame.length)
    throw new Error(`Chunk ${frame.sha256} holds ${raw.length} bytes, its manifest says ${frame.length}`)
  if (!isFrame(frame, raw)) throw new Error(`Chunk ${frame.sha256} holds other bytes than its manifest says`)
  return raw
}

/** Whether these raw bytes are the frame's. */
export const isFrame = (frame: Frame, raw: Buffer): boolean => hash('sha256', raw) === frame.rawSha256
