import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { Frame, SlotsOf } from '@eims/contracts'
import { Failure } from '../failure.ts'

const decompress = promisify(zstdDecompress)

/** What is wrong with a chunk whose own digest is right. */
export type Fault = Pick<SlotsOf<'chunk-damaged'>, 'fault' | 'held' | 'text'>

export const damaged = ({ sha256, length }: Frame, fault: Fault): Failure =>
  new Failure({ code: 'chunk-damaged', slots: { chunk: sha256, wanted: length, ...fault } })

/**
 * The raw bytes of a frame from its chunk, whose own digest was verified before. Node's zstd may stop
 * without an error after the first of several zstd frames, so length and digest of what comes out decide.
 * @throws Failure chunk-damaged when they are not the manifest's
 */
export async function unpack(frame: Frame, chunk: Buffer): Promise<Buffer> {
  const raw = await decompress(chunk, {
    maxOutputLength: frame.length,
    // one output buffer instead of hundreds and their concatenation
    chunkSize: Math.max(64, frame.length),
  }).catch((error: Error) => {
    throw damaged(frame, { fault: 'packing', held: null, text: error.message })
  })
  const held = raw.length
  if (held !== frame.length) throw damaged(frame, { fault: 'size', held, text: null })
  if (!isFrame(frame, raw)) throw damaged(frame, { fault: 'digest', held, text: null })
  return raw
}

/** Whether these raw bytes are the frame's. */
export const isFrame = (frame: Frame, raw: Buffer): boolean => hash('sha256', raw) === frame.rawSha256
