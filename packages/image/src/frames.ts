import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { FRAME_BYTES } from '@eims/contracts'

const compress = promisify(zstdCompress)
const NOTHING = Buffer.alloc(FRAME_BYTES)

/** A stretch of zeros that nobody needs to read; bytes. */
export interface Hole {
  hole: number
}

/**
 * Cuts a stream into pieces of FRAME_BYTES; only the last one may be shorter. Those of a hole are one and the same, which
 * `isZero` knows; the others lie in buffers that are used in turn.
 *
 * @param inUse pieces that the caller still looks at when it asks for the next one
 */
export async function* cut(bytes: AsyncIterable<Buffer | Hole>, inUse: number): AsyncGenerator<Buffer, void> {
  const buffers = Array.from({ length: inUse + 1 }, () => Buffer.allocUnsafeSlow(FRAME_BYTES))
  let turn = 0
  const next = () => buffers[turn++ % buffers.length]!
  let frame = next()
  let filled = 0
  for await (const chunk of bytes) {
    if (!Buffer.isBuffer(chunk)) {
      for (let left = chunk.hole; left > 0; ) {
        const length = Math.min(left, FRAME_BYTES - filled)
        left -= length
        if (length < FRAME_BYTES) frame.fill(0, filled, filled + length)
        filled += length
        if (filled < FRAME_BYTES) continue
        yield length === FRAME_BYTES ? NOTHING : frame
        if (length < FRAME_BYTES) frame = next()
        filled = 0
      }
      continue
    }
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(frame, filled, at)
      at += copied
      filled += copied
      if (filled < FRAME_BYTES) continue
      yield frame
      frame = next()
      filled = 0
    }
  }
  if (filled > 0) yield frame.subarray(0, filled)
}

/** Whether a piece of at most FRAME_BYTES holds nothing but zeros. */
export const isZero = (frame: Buffer) => frame === NOTHING || frame.equals(NOTHING.subarray(0, frame.length))

/**
 * One zstd frame that tells its own raw length, the same bytes for the same input (of one zstd version).
 * It ends with a checksum of the raw bytes, which whoever unpacks it compares for next to nothing.
 * Runs on Node's thread pool, once and not for each 16 KiB that come out: as much room is given as zstd may need.
 */
export const compressFrame = (raw: Buffer): Promise<Buffer> =>
  compress(raw, {
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: raw.length,
    chunkSize: raw.length + (raw.length >> 8) + 1024,
  })

/** Works on up to `limit` items at once and yields the results in the items' order. The first failure ends it. */
export async function* inOrder<T, U>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<U>,
): AsyncGenerator<U, void> {
  const pending: Promise<U>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // thrown when its turn has come
      result.catch(() => {})
      pending.push(result)
      if (pending.length >= limit) yield (await pending.shift()) as U
    }
    while (pending.length > 0) yield (await pending.shift()) as U
  } finally {
    await Promise.allSettled(pending)
  }
}
