import type { MbrEntry } from '@eims/contracts'
import type { BlockDevice } from './block-device.ts'
import { partitionsOf } from './gpt.ts'
import { decodeMbr } from './mbr.ts'
import { readGpt, type Shape } from './read-gpt.ts'
import { signatureOf } from './signature.ts'

/** Bytes from the start of the disk. */
export interface Partition {
  /** as the kernel counts */
  number: number
  start: number
  size: number
}

const MOST_LOGICAL = 60

/**
 * The partitions that the kernel would find on a disk, without the container of logical ones.
 * @param disk with its sector 0 (underMark)
 * @returns none: it has no table
 */
export async function readPartitions(disk: BlockDevice, shape: Shape): Promise<Partition[]> {
  const { sectorSize, size } = shape
  const found = await readGpt(disk, shape)
  if (found)
    return partitionsOf(found.gpt).map(({ number, first, last }) => {
      return { number, start: first * sectorSize, size: (last - first + 1) * sectorSize }
    })
  const primaries = saneMbr(await disk.read(0, sectorSize))
  // a file system on the whole disk has 55AA too
  const head = await disk.read(0, Math.min(size, 68 * 1024))
  if (!primaries || signatureOf(head)) return []
  return await withLogical({ ...shape, read: (offset, length) => disk.read(offset, length) }, primaries)
}

/** The primary entries of a sector that is an MBR, and no boot sector of a file system. */
export const saneMbr = (sector: Buffer): MbrEntry[] | null =>
  [446, 462, 478, 494].every((at) => sector[at] === 0 || sector[at] === 0x80) ? decodeMbr(sector) : null

/** Logical partitions hang in a chain: each record names its own partition, and the next record. */
export async function withLogical(
  disk: Omit<Shape, 'path'> & Pick<BlockDevice, 'read'>,
  primaries: MbrEntry[],
): Promise<Partition[]> {
  const { sectorSize, size } = disk
  const isChain = ({ type }: MbrEntry) => [0x05, 0x0f, 0x85].includes(type)
  const at = (number: number, base: number, { first, sectors }: MbrEntry): Partition => {
    return { number, start: (base + first) * sectorSize, size: sectors * sectorSize }
  }
  const partitions = primaries.filter((entry) => !isChain(entry)).map((entry) => at(entry.number, 0, entry))
  const chain = primaries.find(isChain)
  let record = chain?.first
  let number = 5
  for (let nth = 0; chain && record !== undefined && nth < MOST_LOGICAL; nth += 1) {
    if ((record + 1) * sectorSize > size) break
    const entries = decodeMbr(await disk.read(record * sectorSize, sectorSize)) ?? []
    const [own, next] = [entries.find((entry) => !isChain(entry)), entries.find(isChain)]
    if (own) partitions.push(at(number++, record, own))
    record = next && chain.first + next.first
  }
  return partitions
}
