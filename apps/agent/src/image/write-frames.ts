import type { Frame } from '@eims/contracts'
import type { BlockDevice } from '../disk/block-device.ts'
import { unpack } from './frame.ts'
import { slots } from './slots.ts'
import { together } from './together.ts'
import type { FetchChunk } from './verified-chunks.ts'

/**
 * Frames in memory at once. Each is at most 8 MiB packed and 4 MiB raw, so buffers stay below 50 MiB and a
 * machine with 1 GB is safe.
 */
const IN_MEMORY = 4
/** Chunks on the wire at once: two fill a gigabit, and no more than two are fetched again when the server dies. */
const ON_THE_WIRE = 2
/** Written bytes between two fdatasync: what the kernel may hold back stays bounded. */
const SYNC_WINDOW = 64 * 1024 * 1024

interface FrameJob {
  frames: Frame[]
  disk: BlockDevice
  fetchChunk: FetchChunk
  signal: AbortSignal
  /** the frame stands on the disk */
  onWritten: (frame: Frame) => void
}

/** Fetches, verifies and writes the frames, several at a time. The first error ends the others. */
export async function writeFrames({ frames, disk, fetchChunk, signal, onWritten }: FrameJob): Promise<void> {
  const onTheWire = slots(ON_THE_WIRE)
  const queue = frames.values()
  let unsynced = 0
  const worker = async (either: AbortSignal) => {
    for (const frame of queue) {
      either.throwIfAborted()
      const chunk = await onTheWire(() => fetchChunk(frame.sha256, frame.size, either))
      const raw = await unpack(frame, chunk)
      either.throwIfAborted()
      await disk.write(frame.offset, raw)
      onWritten(frame)
      unsynced += raw.length
      if (unsynced >= SYNC_WINDOW) {
        unsynced = 0
        await disk.sync()
      }
    }
  }
  await together(
    Array.from({ length: IN_MEMORY }, () => worker),
    signal,
  )
}
