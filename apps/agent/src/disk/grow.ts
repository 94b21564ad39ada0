import type { BlockDevice } from './block-device.ts'
import { encodeGpt, extendPartition, type Gpt, lastUsable, type Patch, partitionsOf } from './gpt.ts'
import { firstPlace } from './mark.ts'
import { decodeMbr, extendMbrPartition } from './mbr.ts'
import { readGpt, type Shape } from './read-gpt.ts'

const MIB = 1024 * 1024

/**
 * PURE: the table with one partition made to end where the next one begins.
 * @param end first sector that no partition has; without a next one, the last whole MiB in front of it counts
 * @returns the same table where there is no room
 */
export function grownInGpt(gpt: Gpt, number: number, end: number): Gpt {
  const partitions = partitionsOf(gpt)
  const own = partitions.find((each) => each.number === number)
  if (!own) return gpt
  const behind = partitions.filter(({ first }) => first > own.last).map(({ first }) => first)
  const limit = behind.length > 0 ? Math.min(...behind) : wholeMib(end, gpt.sectorSize)
  return own.last < limit - 1 ? extendPartition(gpt, number, limit - 1) : gpt
}

/** PURE: the same of an MBR's primary partition. @returns the same sector where there is no room */
export function grownInMbr(sector: Buffer, number: number, end: number, sectorSize: number): Buffer {
  const partitions = decodeMbr(sector) ?? []
  const own = partitions.find((each) => each.number === number)
  if (!own) return sector
  const endOfOwn = own.first + own.sectors
  const behind = partitions.filter(({ first }) => first >= endOfOwn).map(({ first }) => first)
  const limit = behind.length > 0 ? Math.min(...behind) : wholeMib(end, sectorSize)
  return endOfOwn < limit ? extendMbrPartition(sector, number, limit - own.first) : sector
}

const wholeMib = (end: number, sectorSize: number): number => (Math.floor((end * sectorSize) / MIB) * MIB) / sectorSize

/** Last sector and one that an MBR can name, in front of what the run's mark keeps (mark.ts). */
export const mbrEnd = (shape: Shape): number =>
  Math.floor(Math.min(firstPlace(shape), 0xffffffff * shape.sectorSize) / shape.sectorSize)

/**
 * What makes one partition of a disk as large as it can be, in the order in which it is safe to write with a sync behind
 * each. A seed's partition at the end is a next one like any other.
 * @param disk with its sector 0 (underMark)
 * @returns nothing when it is so already
 * @throws Failure as readGpt does
 */
export async function growth(disk: BlockDevice, shape: Shape, number: number): Promise<Patch[]> {
  const found = await readGpt(disk, shape)
  const sector = await disk.read(0, shape.sectorSize)
  if (!found) {
    const grown = grownInMbr(sector, number, mbrEnd(shape), shape.sectorSize)
    return grown === sector ? [] : [{ offset: 0, bytes: grown }]
  }
  const sectors = Math.floor(shape.size / shape.sectorSize)
  const end = Math.min(lastUsable(found.gpt, sectors) + 1, firstPlace(shape) / shape.sectorSize)
  const grown = grownInGpt(found.gpt, number, end)
  // a cut leaves a table that is grown already beside a damaged primary, or a protective MBR of before
  const patches: Patch[] = []
  for (const patch of encodeGpt(grown, sectors, sector, found.whole))
    if (!(await disk.read(patch.offset, patch.bytes.length)).equals(patch.bytes)) patches.push(patch)
  return patches
}
