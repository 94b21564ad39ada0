import { hash } from 'node:crypto'
import type { BlockDevice } from './block-device.ts'

/*
 * The mark of a run that writes a disk: one sector that stands on the disk, synced, before the first byte of the image.
 * By it a later session knows a disk that is no longer blank for the run's own, whatever the disk is called by then.
 *
 *   … image | nothing, or the seed's partition | mark | sectors of a GPT's backup table, entries and header
 *
 * No image that leaves room for a seed reaches there; one that does overwrites the mark as the very last thing.
 */

const MAGIC = 'eims run unfinished'
const GPT_ENTRIES = 128 * 128

interface Shape {
  size: number
  sectorSize: number
}

/** Bytes from the start of the disk. */
export function markPlace({ size, sectorSize }: Shape): number {
  const sectors = Math.floor(size / sectorSize)
  return Math.max(0, sectors - 1 - GPT_ENTRIES / sectorSize - 1) * sectorSize
}

/** Bound to the disk's size: a copy of it on another disk says nothing. */
function markOf(runId: string, { size, sectorSize }: Shape): Buffer {
  const sector = Buffer.alloc(sectorSize)
  sector.write(MAGIC, 0, 'latin1')
  sector.write(hash('sha256', `${runId} ${size}`), 32, 'latin1')
  sector.write(runId, 128, 'utf8')
  return sector
}

export async function isMarked(disk: BlockDevice, shape: Shape, runId: string): Promise<boolean> {
  return markOf(runId, shape).equals(await disk.read(markPlace(shape), shape.sectorSize))
}

/** On return the mark has reached the disk. */
export async function setMark(disk: BlockDevice, shape: Shape, runId: string): Promise<void> {
  await disk.write(markPlace(shape), markOf(runId, shape))
  await disk.sync()
}

/** Takes this run's mark away, where it still stands. */
export async function clearMark(disk: BlockDevice, shape: Shape, runId: string): Promise<void> {
  if (!(await isMarked(disk, shape, runId))) return
  await disk.write(markPlace(shape), Buffer.alloc(shape.sectorSize))
  await disk.sync()
}

/** Whether any run's mark is among these last bytes of a disk. */
export function holdsMark(tail: Buffer, size: number): boolean {
  return [512, 4096].some((sectorSize) => {
    const at = markPlace({ size, sectorSize }) - (size - tail.length)
    return at >= 0 && tail.toString('latin1', at, at + MAGIC.length) === MAGIC
  })
}

/**
 * The disk, but nothing that is written to it touches the mark.
 * @param writes.finish writes what belongs in the mark's place, once all that went before has reached the disk
 */
export function sparingMark(disk: BlockDevice, shape: Shape): BlockDevice & { finish(): Promise<void> } {
  const start = markPlace(shape)
  const end = start + shape.sectorSize
  const withheld = Buffer.alloc(shape.sectorSize)
  return {
    read: (offset, length) => disk.read(offset, length),
    async write(offset, bytes) {
      const [from, to] = [Math.max(start, offset), Math.min(end, offset + bytes.length)]
      if (from >= to) return disk.write(offset, bytes)
      withheld.set(bytes.subarray(from - offset, to - offset), from - start)
      if (from > offset) await disk.write(offset, bytes.subarray(0, from - offset))
      if (to < offset + bytes.length) await disk.write(to, bytes.subarray(to - offset))
    },
    sync: () => disk.sync(),
    async finish() {
      await disk.sync()
      await disk.write(start, withheld)
      await disk.sync()
    },
    async [Symbol.asyncDispose]() {},
  }
}
