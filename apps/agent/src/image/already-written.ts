import { FRAME_BYTES, type ImageManifest } from '@eims/contracts'
import type { BlockDevice } from '../disk/block-device.ts'
import { pages } from '../disk/pages.ts'
import { isZero } from '../disk/zero-range.ts'
import { isFrame } from './frame.ts'

/** Frames are written in order, a few at a time: after so many that are not there, none is. */
const MISSES = 16

/**
 * Offsets of the frames that an earlier attempt, or an agent before this one, put on the disk. The disk itself is
 * asked, by digest: it outlives every restart, and cannot claim what it does not hold. Looked for only where a start
 * was made, which the first frame tells as well.
 * @param begun   a start was made: its mark stands there, or this is not the first attempt
 * @param onFound the frame of so many bytes is there
 */
export async function alreadyWritten(
  disk: BlockDevice,
  { frames }: ImageManifest,
  begun: boolean,
  signal: AbortSignal,
  onFound: (length: number) => void,
): Promise<Set<number>> {
  const into = pages(FRAME_BYTES)
  const found = new Set<number>()
  let misses = begun ? 0 : MISSES - 1
  for (const frame of frames) {
    signal.throwIfAborted()
    if (isFrame(frame, await disk.read(frame.offset, frame.length, into))) {
      found.add(frame.offset)
      onFound(frame.length)
      misses = 0
    } else {
      misses += 1
      if (misses === MISSES) break
    }
  }
  return found
}

/** Whether the image stands on the disk to its last byte. */
export async function isWhole(
  disk: BlockDevice,
  { frames, zeros }: ImageManifest,
  signal: AbortSignal,
): Promise<boolean> {
  const into = pages(FRAME_BYTES)
  for (const frame of frames) {
    signal.throwIfAborted()
    if (!isFrame(frame, await disk.read(frame.offset, frame.length, into))) return false
  }
  for (const { offset, length } of zeros)
    if (!(await isZero(disk, offset, offset + length, { signal, into }))) return false
  return true
}
