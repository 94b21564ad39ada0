import { type MbrEntry, SEED_BYTES } from '@eims/contracts'
import { Failure } from '../failure.ts'
import type { BlockDevice } from './block-device.ts'
import { addPartition, encodeGpt, type Gpt, growsInGpt, lastUsable, type Patch, partitionsOf } from './gpt.ts'
import { grownInGpt, grownInMbr, mbrEnd } from './grow.ts'
import { addMbrPartition, decodeMbr, growsInMbr } from './mbr.ts'
import { readGpt, type Shape } from './read-gpt.ts'

const MIB = 1024 * 1024
/** Bytes of the seed's partition, the better one first. */
const SIZES = [SEED_BYTES, 4 * MIB]

interface SeedPlace {
  /** partition number */
  number: number
  /** bytes of the disk */
  offset: number
  length: number
  /** what makes it a partition, in the order in which it is safe to write */
  table: Patch[]
}

/** What a new partition is called, and whether the image's last Linux partition is made to end where it begins. */
interface SeedWish {
  name: string
  /** for a new GPT partition */
  guid: string
  growRoot: boolean
  /** number of the partition for addons that the run has put in front of it; null: there is none */
  addons: number | null
}

/**
 * Finds or makes the place for the seed: a partition at the very END of the disk, so that the root file system can have
 * all that lies between. One of that name from an earlier attempt is used again.
 * @throws Failure when the image's table cannot take it
 */
export async function placeSeed(disk: BlockDevice, shape: Shape, wish: SeedWish): Promise<SeedPlace> {
  const found = await readGpt(disk, shape)
  const sector = await disk.read(0, shape.sectorSize)
  return found ? inGpt(found, sector, shape, wish) : inMbr(disk, sector, shape, wish)
}

function inGpt(
  { gpt, whole }: { gpt: Gpt; whole: 'primary' | 'backup' },
  protectiveMbr: Buffer,
  shape: Shape,
  wish: SeedWish,
): SeedPlace {
  const { sectorSize } = gpt
  const diskSectors = Math.floor(shape.size / sectorSize)
  const end = lastUsable(gpt, diskSectors) + 1
  const partitions = partitionsOf(gpt)
  const ours = partitions.find(({ name, first, last }) => name === wish.name && (last - first + 1) * sectorSize >= MIB)
  const others = partitions.filter((each) => each !== ours).toSorted((a, b) => b.last - a.last)
  const last = others.find(({ number }) => number !== wish.addons)
  const used = Math.max(gpt.firstUsable, others[0] ? others[0].last + 1 : 0)
  const place = ours
    ? { offset: ours.first * sectorSize, length: Math.min(SIZES[0]!, (ours.last - ours.first + 1) * sectorSize) }
    : fit(used * sectorSize, end * sectorSize)
  if (!place || used > end) throw new Failure({ code: 'image-fills-disk', slots: { disk: shape.path } })
  const first = place.offset / sectorSize
  const { name, guid } = wish
  const added = ours
    ? { gpt, number: ours.number }
    : addPartition(gpt, { name, guid, first, last: first + place.length / sectorSize - 1 })
  if (!added) throw new Failure({ code: 'partition-table-full', slots: { table: 'gpt' } })
  // an image may bring a CIDATA of its own, in front of its root
  const table = wish.growRoot && last && growsInGpt(last) ? grownInGpt(added.gpt, last.number, end) : added.gpt
  return { number: added.number, ...place, table: encodeGpt(table, diskSectors, protectiveMbr, whole) }
}

/** An MBR is one sector, which a disk writes whole or not at all: seed and larger root come with the same write. */
async function inMbr(disk: BlockDevice, sector: Buffer, shape: Shape, wish: SeedWish): Promise<SeedPlace> {
  const { sectorSize } = shape
  const partitions = decodeMbr(sector)
  if (!partitions) throw new Failure({ code: 'no-partition-table', slots: {} })
  // 32-bit sector numbers end at 2 TiB of 512-byte sectors; behind it stands what makes the disk one to be started from
  const end = mbrEnd(shape) * sectorSize
  const ours = await seedInMbr(disk, partitions, Math.floor(end / MIB) * MIB, shape, wish.name)
  const others = partitions.filter((each) => each !== ours).toSorted((a, b) => endOf(b) - endOf(a))
  const last = others.find(({ number }) => number !== wish.addons)
  const place = ours
    ? { offset: ours.first * sectorSize, length: ours.sectors * sectorSize }
    : fit((others[0] ? endOf(others[0]) : 0) * sectorSize, end)
  if (!place) throw new Failure({ code: 'image-fills-disk', slots: { disk: shape.path } })
  const first = place.offset / sectorSize
  const added = ours ? { sector, number: ours.number } : addMbrPartition(sector, first, place.length / sectorSize)
  if (!added) throw new Failure({ code: 'partition-table-full', slots: { table: 'mbr' } })
  const grows = wish.growRoot && last && growsInMbr(last)
  const bytes = grows ? grownInMbr(added.sector, last.number, first, sectorSize) : added.sector
  return { number: added.number, ...place, table: [{ offset: 0, bytes }] }
}

/** The first sector behind it. */
const endOf = ({ first, sectors }: MbrEntry) => first + sectors

async function seedInMbr(
  disk: BlockDevice,
  partitions: MbrEntry[],
  top: number,
  { sectorSize }: Shape,
  name: string,
): Promise<MbrEntry | undefined> {
  for (const partition of partitions) {
    const [offset, length] = [partition.first * sectorSize, partition.sectors * sectorSize]
    if (partition.type === 0x0c && SIZES.includes(length) && offset + length === top)
      if (isSeed(await disk.read(offset, 512), name)) return partition
  }
  return undefined
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
