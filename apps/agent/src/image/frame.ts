import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { Frame } from '@eims/contracts'
import { Failure } from '../failure.ts'

const decompress = promisify(zstdDecompress)

/**
 * The raw bytes of a frame from its chunk, whose own digest was verified before. Node's zstd may stop
 * without an error after the first of several zstd frames, so length and digest of what comes out decide.
 * @throws Failure chunk-damaged when they are not the manifest's
 */
export async function unpack(frame: Frame, chunk: Buffer): Promise<Buffer> {
  const damaged = (fault: 'packing' | 'size' | 'digest', held: number | null, text: string | null = null) =>
    new Failure({ code: 'chunk-damaged', slots: { chunk: frame.sha256, fault, wanted: frame.length, held, text } })
  const raw = await decompress(chunk, {
    maxOutputLength: frame.length,
    // one output buffer instead of hundreds and their concatenation
    chunkSize: Math.max(64, frame.length),
  }).catch((error: Error) => {
    throw damaged('packing', null, error.message)
  })
  if (raw.length !== frame.length) throw damaged('size', raw.length)
  if (!isFrame(frame, raw)) throw damaged('digest', raw.length)
  return raw
}

/** Whether these raw bytes are the frame's. */
export const isFrame = (frame: Frame, raw: Buffer): boolean => hash('sha256', raw) === frame.rawSha256
