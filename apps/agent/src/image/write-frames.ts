import { FRAME_BYTES, type Frame, type ImageManifest } from '@eims/contracts'
import type { BlockDevice } from '../disk/block-device.ts'
import { zeroRange } from '../disk/zero-range.ts'
import { together } from './together.ts'
import { type Room, startUnpackers } from './unpackers.ts'
import type { FetchChunk } from './verified-chunks.ts'

/** Bytes written to the kernel's cache between two fdatasync: what it may hold back stays bounded. */
const SYNC_WINDOW = 64 * 1024 * 1024

interface FrameJob {
  frames: Frame[]
  /** become zero, where they are not */
  zeros?: ImageManifest['zeros']
  disk: BlockDevice
  fetchChunk: FetchChunk
  signal: AbortSignal
  /** the frame stands on the disk */
  onWritten: (frame: Frame) => void
  /** so many more bytes are zero */
  onZero?: (bytes: number) => void
  /** that unpack; told by the machine's cores and memory when left out */
  threads?: number
}

/**
 * Fetches, verifies and writes the frames, as many at a time as there are rooms (unpackers.ts): a frame that is not written
 * yet keeps its room, so that a slow disk holds up the wire and fills no memory. Zeros have their turn where they lie: a
 * disk that seeks has one place to be at, and how far it has come says how long the rest will take. The first error ends the others.
 */
export async function writeFrames(job: FrameJob): Promise<void> {
  const { frames, zeros = [], disk, fetchChunk, signal, onWritten, onZero, threads } = job
  await using unpackers = startUnpackers(frames.length, threads)
  const queue = inOrder(frames, zeros)
  let unsynced = 0
  const fill = async (room: Room, either: AbortSignal) => {
    const digestOf = async (bytes: Buffer) => unpackers.digest(room, moved(bytes, room.packed))
    for (const piece of queue) {
      either.throwIfAborted()
      if (!('sha256' in piece)) {
        await zeroRange(disk, piece.offset, piece.offset + piece.length, { signal: either, into: room.raw })
        onZero?.(piece.length)
        continue
      }
      const chunk = await fetchChunk(piece.sha256, piece.size, either, { into: room.packed, digestOf })
      moved(chunk, room.packed)
      const raw = await unpackers.unpack(room, piece)
      either.throwIfAborted()
      await disk.write(piece.offset, raw)
      onWritten(piece)
      if (disk.direct) continue
      unsynced += raw.length
      if (unsynced >= SYNC_WINDOW) {
        unsynced = 0
        await disk.sync()
      }
    }
  }
  await together(
    unpackers.rooms.map((room) => (either) => fill(room, either)),
    signal,
  )
}

/** Frames, and zeros in pieces as long, as they lie on the disk. */
function* inOrder(frames: Frame[], zeros: ImageManifest['zeros']): Generator<Frame | ImageManifest['zeros'][number]> {
  let next = 0
  for (const { offset, length } of zeros) {
    for (; next < frames.length && frames[next]!.offset < offset; next++) yield frames[next]!
    for (let at = offset; at < offset + length; at += FRAME_BYTES)
      yield { offset: at, length: Math.min(FRAME_BYTES, offset + length - at) }
  }
  for (; next < frames.length; next++) yield frames[next]!
}

/** Sees to it that bytes are where they were meant to be: a source may have them in a place of its own. Their length. */
function moved(bytes: Buffer, into: Buffer): number {
  if (bytes.buffer !== into.buffer) into.set(bytes)
  return bytes.length
}
