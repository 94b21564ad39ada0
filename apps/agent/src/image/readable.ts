import type { ImageManifest } from '@eims/contracts'
import type { Readable } from '../disk/volumes.ts'
import { unpack } from './frame.ts'
import type { FetchChunk } from './verified-chunks.ts'

/** An image that can be read here and there before it is written: of its frames only those that are asked for are fetched. */
export function readableImage(
  manifest: ImageManifest,
  sectorSize: number,
  fetchChunk: FetchChunk,
  signal: AbortSignal,
): Readable {
  let last: { offset: number; raw: Buffer } | null = null
  const rawOf = async (frame: ImageManifest['frames'][number]) => {
    if (last?.offset !== frame.offset)
      last = { offset: frame.offset, raw: await unpack(frame, await fetchChunk(frame.sha256, frame.size, signal)) }
    return last.raw
  }
  return {
    size: manifest.rawSize,
    sectorSize,
    async read(offset, length) {
      const bytes = Buffer.alloc(length)
      for (const frame of manifest.frames) {
        if (frame.offset >= offset + length || frame.offset + frame.length <= offset) continue
        const raw = await rawOf(frame)
        if (frame.offset < offset) raw.copy(bytes, 0, offset - frame.offset)
        else raw.copy(bytes, frame.offset - offset)
      }
      return bytes
    },
  }
}
