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
 * Cuts a stream into pieces of FRAME_BYTES; only the last one may be shorter. Each is a buffer of its own, but for those of
 * a hole: they are one and the same, which `isZero` knows.
 */
export async function* cut(bytes: AsyncIterable<Buffer | Hole>): AsyncGenerator<Buffer, void> {
  let frame = Buffer.allocUnsafeSlow(FRAME_BYTES)
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
        if (length < FRAME_BYTES) frame = Buffer.allocUnsafeSlow(FRAME_BYTES)
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
      frame = Buffer.allocUnsafeSlow(FRAME_BYTES)
      filled = 0
    }
  }
  if (filled > 0) yield frame.subarray(0, filled)
}

/** Whether a piece of at most FRAME_BYTES holds nothing but zeros. */
export const isZero = (frame: Buffer) => frame === NOTHING || frame.equals(NOTHING.subarray(0, frame.length))

/**
 * One zstd frame that tells its own raw length, the same bytes for the same input (of one zstd version).
 * Runs on Node's thread pool.
 */
export const compressFrame = (raw: Buffer): Promise<Buffer> =>
  compress(raw, { params: { [constants.ZSTD_c_compressionLevel]: 3 }, pledgedSrcSize: raw.length })

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
