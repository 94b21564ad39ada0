import { Failure } from '../failure.ts'
import type { BlockDevice } from './block-device.ts'
import {
  addPartition,
  decodeGpt,
  encodeGpt,
  entriesExtent,
  type Gpt,
  lastUsable,
  looksLikeGpt,
  type Patch,
  partitionsOf,
} from './gpt.ts'
import { addMbrPartition, decodeMbr } from './mbr.ts'

const MIB = 1024 * 1024
/** Bytes of the seed's partition, the better one first. */
const SIZES = [8 * MIB, 4 * MIB]

export interface SeedPlace {
  /** partition number */
  number: number
  /** bytes of the disk */
  offset: number
  length: number
  /** what makes it a partition, in the order in which it is safe to write */
  table: Patch[]
}

interface Shape {
  path: string
  size: number
  sectorSize: number
}

/**
 * Finds or makes the place for the seed: a partition at the END of the disk, so that the OS can still grow its root
 * up to it. One of that name from an earlier attempt is used again.
 * @param guid for a new GPT partition
 * @throws Failure when the image's table cannot take it
 */
export async function placeSeed(disk: BlockDevice, shape: Shape, name: string, guid: string): Promise<SeedPlace> {
  const { sectorSize } = shape
  const first = await disk.read(0, sectorSize)
  const second = await disk.read(sectorSize, sectorSize)
  if (looksLikeGpt(second)) {
    const { offset, length } = entriesExtent(second, sectorSize)
    if (offset + length > shape.size)
      throw new Failure({ code: 'gpt-damaged', slots: { disk: shape.path, fault: 'beyond-disk' } })
    const gpt = decodeGpt(second, await disk.read(offset, length), sectorSize)
    if ('fault' in gpt) throw new Failure({ code: 'gpt-damaged', slots: { disk: shape.path, fault: gpt.fault } })
    return inGpt(gpt, first, shape, name, guid)
  }
  const other = sectorSize === 512 ? 4096 : 512
  if (looksLikeGpt(await disk.read(other, 512)))
    throw new Failure({ code: 'sector-size', slots: { image: other, disk: shape.path, sectorSize } })
  return inMbr(disk, first, shape, name)
}

function inGpt(gpt: Gpt, protectiveMbr: Buffer, shape: Shape, name: string, guid: string): SeedPlace {
  const { sectorSize } = gpt
  const diskSectors = Math.floor(shape.size / sectorSize)
  const partitions = partitionsOf(gpt)
  const ours = partitions.find((partition) => partition.name === name)
  if (ours && (ours.last - ours.first + 1) * sectorSize >= MIB)
    return {
      number: ours.number,
      offset: ours.first * sectorSize,
      length: Math.min(8 * MIB, (ours.last - ours.first + 1) * sectorSize),
      table: encodeGpt(gpt, diskSectors, protectiveMbr),
    }
  const used = Math.max(gpt.firstUsable - 1, ...partitions.map(({ last }) => last))
  const room = fit((used + 1) * sectorSize, (lastUsable(gpt, diskSectors) + 1) * sectorSize)
  if (!room) throw new Failure({ code: 'image-fills-disk', slots: { disk: shape.path } })
  const { offset, length } = room
  const added = addPartition(gpt, { name, guid, first: offset / sectorSize, last: (offset + length) / sectorSize - 1 })
  if (!added) throw new Failure({ code: 'partition-table-full', slots: { table: 'gpt' } })
  return { number: added.number, offset, length, table: encodeGpt(added.gpt, diskSectors, protectiveMbr) }
}

async function inMbr(disk: BlockDevice, sector: Buffer, shape: Shape, name: string): Promise<SeedPlace> {
  const { sectorSize } = shape
  const partitions = decodeMbr(sector)
  if (!partitions) throw new Failure({ code: 'no-partition-table', slots: {} })
  // 32-bit sector numbers end at 2 TiB of 512-byte sectors
  const end = Math.min(shape.size, 0xffffffff * sectorSize)
  const top = Math.floor(end / MIB) * MIB
  for (const { number, type, first, sectors } of partitions) {
    const [offset, length] = [first * sectorSize, sectors * sectorSize]
    if (type === 0x0c && SIZES.includes(length) && offset + length === top)
      if (isSeed(await disk.read(offset, 512), name)) return { number, offset, length, table: [] }
  }
  const used = Math.max(...partitions.map(({ first, sectors }) => first + sectors))
  const room = fit(used * sectorSize, end)
  if (!room) throw new Failure({ code: 'image-fills-disk', slots: { disk: shape.path } })
  const added = addMbrPartition(sector, room.offset / sectorSize, room.length / sectorSize)
  if (!added) throw new Failure({ code: 'partition-table-full', slots: { table: 'mbr' } })
  return { number: added.number, ...room, table: [{ offset: 0, bytes: added.sector }] }
}

/**
 * An MBR has no names. Of the FAT partitions of our sizes that end where we put it (an image may bring one too), ours
 * is the one whose boot sector has the label, where FAT12 keeps it (FAT specification 1.03, BS_VolLab).
 */
function isSeed(bootSector: Buffer, name: string): boolean {
  return bootSector.readUInt16BE(510) === 0x55aa && bootSector.toString('latin1', 43, 54) === name.padEnd(11)
}

/** 8 MiB, else 4, that end at the last whole MiB of [start, end). */
function fit(start: number, end: number): { offset: number; length: number } | null {
  const top = Math.floor(end / MIB) * MIB
  for (const length of SIZES) if (top - length >= start) return { offset: top - length, length }
  return null
}
