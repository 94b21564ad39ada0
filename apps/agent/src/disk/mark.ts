import { hash } from 'node:crypto'
import { Failure } from '../failure.ts'
import type { BlockDevice } from './block-device.ts'
import { readPartitions } from './read-partitions.ts'

/*
 * The mark of a run that writes a disk: one sector that stands on the disk, synced, before the first byte of the image.
 * By it a later session knows a disk that is no longer blank for the run's own, whatever the disk is called by then.
 *
 *   0 | … image | nothing, or the seed's partition | sector 0 | mark | a GPT's backup table, entries and header
 *   └─ zeros ─────────────────────────────────────────┘
 *
 * While it stands, sector 0 is kept in front of it, and zeros in its place: no BIOS starts such a disk, and EDK2 looks for no
 * GPT without an entry for it in the MBR (PartitionDxe, Gpt.c). So a machine whose power goes comes by the network again
 * instead of starting half an image, or a whole one without its seed.
 *
 * No image that leaves room for a seed reaches there; one that does overwrites both as the very last thing.
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

/** Whether an image of so many bytes lies where the mark stands. */
export const markReaches = (shape: Shape, bytes: number): boolean => bytes > firstPlace(shape)

/** Up to here a run may use a disk while its mark stands. Bytes from the start of the disk. */
export const firstPlace = (shape: Shape): number => markPlace(shape) - shape.sectorSize

/** On return the mark has reached the disk, which nothing starts from any more. */
export async function setMark(disk: BlockDevice, shape: Shape, runId: string): Promise<void> {
  const nothing = Buffer.alloc(shape.sectorSize)
  const first = await disk.read(0, shape.sectorSize)
  const marked = await isMarked(disk, shape, runId)
  const stands = !first.equals(nothing)
  if (!marked || stands) {
    // of its own run it is the image's, put into its place by an agent that was about to leave
    await disk.write(firstPlace(shape), Buffer.concat([marked ? first : nothing, markOf(runId, shape)]))
    await disk.sync()
  }
  if (!stands) return
  await disk.write(0, nothing)
  await disk.sync()
}

/**
 * Lets the disk be started from, and takes this run's mark away, where it still stands.
 * @param keepsake what stays in its place, so that a medium that is left in knows the disk again: 64 hexadecimal digits
 */
export async function clearMark(disk: BlockDevice, shape: Shape, runId: string, keepsake?: string): Promise<void> {
  if (!(await isMarked(disk, shape, runId))) return
  const first = await keptFirst(disk, shape, runId)
  if (first) {
    await disk.write(0, first)
    await disk.sync()
  }
  const after = Buffer.alloc(2 * shape.sectorSize)
  if (keepsake !== undefined) keepsakeOf(keepsake, shape).copy(after, shape.sectorSize)
  await disk.write(firstPlace(shape), after)
  await disk.sync()
}

const DONE = 'eims medium installed'

function keepsakeOf(keepsake: string, { size, sectorSize }: Shape): Buffer {
  const sector = Buffer.alloc(sectorSize)
  sector.write(DONE, 0, 'latin1')
  sector.write(hash('sha256', `${keepsake} ${size}`), 32, 'latin1')
  return sector
}

/** Whether a run ended on this disk that left this behind. Nothing but another table or partition there takes it away. */
export async function hasKeepsake(disk: BlockDevice, shape: Shape, keepsake: string): Promise<boolean> {
  return keepsakeOf(keepsake, shape).equals(await disk.read(markPlace(shape), shape.sectorSize))
}

/** Sector 0 as it is kept; null: it stands in its place, as agents of earlier versions put it. */
async function keptFirst(disk: BlockDevice, shape: Shape, runId: string): Promise<Buffer | null> {
  const { sectorSize } = shape
  if (!(await disk.read(0, sectorSize)).equals(Buffer.alloc(sectorSize))) return null
  return (await isMarked(disk, shape, runId)) ? await disk.read(firstPlace(shape), sectorSize) : null
}

/**
 * Sector 0 in its place until it is disposed, and then withheld again: for what finds partitions or a file system by itself.
 * Only while it stands there could the machine start from this disk, if its power went. What was done meanwhile may have
 * overwritten the mark, and what is kept in front of it: both are written anew.
 * @param open opens the disk for writing; nothing else may have it open then
 * @throws Failure partitions-do-not-fit, when it is disposed: a partition now reaches to where the mark stands, and is left whole
 */
export async function firstInPlace(
  open: () => Promise<BlockDevice>,
  shape: Shape & { path: string },
  runId: string,
): Promise<AsyncDisposable> {
  await using disk = await open()
  const marked = await isMarked(disk, shape, runId)
  const first = marked ? await keptFirst(disk, shape, runId) : null
  if (first) {
    await disk.write(0, first)
    await disk.sync()
  }
  return {
    async [Symbol.asyncDispose]() {
      if (!marked) return
      await using again = await open()
      const partitions = await readPartitions(again, shape).catch(() => [])
      const end = Math.max(0, ...partitions.map(({ start, size }) => start + size))
      if (markReaches(shape, end))
        throw new Failure({
          code: 'partitions-do-not-fit',
          slots: { disk: shape.path, bytes: end, room: firstPlace(shape) },
        })
      const nothing = Buffer.alloc(shape.sectorSize)
      const now = await again.read(0, shape.sectorSize)
      const kept = now.equals(nothing) && first ? first : now
      await again.write(firstPlace(shape), Buffer.concat([kept, markOf(runId, shape)]))
      await again.sync()
      await again.write(0, nothing)
      await again.sync()
    },
  }
}

/** Whether any run's mark is among these last bytes of a disk. */
export function holdsMark(tail: Buffer, size: number): boolean {
  return [512, 4096].some((sectorSize) => {
    const at = markPlace({ size, sectorSize }) - (size - tail.length)
    return at >= 0 && tail.toString('latin1', at, at + MAGIC.length) === MAGIC
  })
}

/** The disk as it will be when its mark is gone: sector 0 is read from, and written to, where it is kept. */
export async function underMark(disk: BlockDevice, shape: Shape, runId: string): Promise<BlockDevice> {
  if (!(await keptFirst(disk, shape, runId))) return disk
  const { sectorSize } = shape
  const kept = firstPlace(shape)
  return {
    async read(offset, length, into) {
      const bytes = await disk.read(offset, length, into)
      if (offset < sectorSize) bytes.set((await disk.read(kept, sectorSize)).subarray(offset, offset + length), 0)
      return bytes
    },
    async write(offset, bytes) {
      if (offset >= sectorSize) return disk.write(offset, bytes)
      await disk.write(kept + offset, bytes.subarray(0, sectorSize - offset))
      if (offset + bytes.length > sectorSize) await disk.write(sectorSize, bytes.subarray(sectorSize - offset))
    },
    get direct() {
      return disk.direct ?? false
    },
    sync: () => disk.sync(),
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  }
}

/**
 * The disk, but nothing that is written to it touches the mark and what is kept in front of it.
 * @param writes.finish writes what belongs in their place, once all that went before has reached the disk
 */
export function sparingMark(
  bare: BlockDevice,
  disk: BlockDevice,
  shape: Shape,
): BlockDevice & { finish(): Promise<void> } {
  const start = firstPlace(shape)
  const end = markPlace(shape) + shape.sectorSize
  const withheld = Buffer.alloc(end - start)
  return {
    read: (offset, length, into) => disk.read(offset, length, into),
    async write(offset, bytes) {
      const [from, to] = [Math.max(start, offset), Math.min(end, offset + bytes.length)]
      if (from >= to) return disk.write(offset, bytes)
      withheld.set(bytes.subarray(from - offset, to - offset), from - start)
      if (from > offset) await disk.write(offset, bytes.subarray(0, from - offset))
      if (to < offset + bytes.length) await disk.write(to, bytes.subarray(to - offset))
    },
    get direct() {
      return disk.direct ?? false
    },
    sync: () => disk.sync(),
    async finish() {
      await disk.sync()
      await bare.write(0, await disk.read(0, shape.sectorSize))
      await bare.sync()
      await bare.write(start, withheld)
      await bare.sync()
    },
    async [Symbol.asyncDispose]() {},
  }
}
