import { crc32 } from 'node:zlib'
import {
  checkedBytes,
  type GptHeader,
  holdsMagic,
  type ImageFacts,
  isInUse,
  looksLikeGpt,
  magics,
  readGptEntries,
  readGptHeader,
  readMbrEntries,
  type TableFault,
  TYPE_PROTECTIVE,
} from '@eims/contracts'

/** Bytes of a disk; fewer than asked for where it ends. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>

export interface Partition {
  /** from 1 */
  number: number
  /** of a GPT the type's GUID, of an MBR the byte in hexadecimal */
  type: string
  /** bytes of the disk, `end` is behind the last one */
  start: number
  end: number
  name: string
  /** active (MBR), or legacy BIOS bootable (GPT) */
  bootable: boolean
}

/** Bytes of a partition, of those of its disk. */
export const within =
  (read: ReadAt, { start, end }: Pick<Partition, 'start' | 'end'>): ReadAt =>
  (offset, length) =>
    read(start + offset, Math.max(0, Math.min(length, end - start - offset)))

type Table = Pick<ImageFacts, 'table' | 'sectorSize' | 'usedEnd' | 'tail' | 'freeEntries' | 'faults'> & {
  partitions: Partition[]
}

/**
 * Reads whatever partition table there is and refuses nothing: what is wrong with it is a finding.
 * @param iso hybrid ISOs have a GPT too, which EDK2 does not look for where the MBR does not protect it (PartitionDxe, Gpt.c)
 */
export async function readTable(read: ReadAt, size: number, iso = false): Promise<Table> {
  const none: Table = {
    table: 'none',
    sectorSize: 512,
    usedEnd: 0,
    tail: 0,
    freeEntries: 0,
    faults: [],
    partitions: [],
  }
  const first = iso ? await readMbr(read, size) : null
  return (
    first ??
    (await readGpt(read, size, 512)) ??
    (await readGpt(read, size, 4096)) ??
    (await readMbr(read, size)) ??
    none
  )
}

/** UEFI specification 2.10, section 5.3: the header is in LBA 1, whatever the sector's size. */
async function readGpt(read: ReadAt, size: number, sectorSize: 512 | 4096): Promise<Table | null> {
  const sector = await read(sectorSize, sectorSize)
  const header = sector.length < sectorSize ? null : readGptHeader(sector)
  if (!header) return null
  const { entryCount: count, entrySize } = header
  if (count === 0 || count > 4096 || entrySize < 128 || entrySize > 4096) return null
  const entries = await read(header.entriesLba * sectorSize, count * entrySize)
  const faults = new Set<TableFault>()
  if (!checksumHolds(sector, header)) faults.add('header-checksum')
  if (entries.length < count * entrySize || crc32(entries) !== header.entriesChecksum) faults.add('entries-checksum')
  const partitions = readGptEntries(entries, entrySize).map(({ number, type, first, last, name, legacyBoot }) => ({
    number,
    type,
    start: first * sectorSize,
    end: (last + 1) * sectorSize,
    name,
    bootable: legacyBoot,
  }))
  if (!looksLikeGpt(await read(size - sectorSize, 8))) faults.add('backup-missing')
  for (const fault of placesAmiss(partitions, size)) faults.add(fault)
  return {
    table: 'gpt',
    sectorSize,
    // a damaged table may say anything
    usedEnd: Math.min(
      Number.MAX_SAFE_INTEGER,
      Math.max(header.firstUsable * sectorSize, ...partitions.map(({ end }) => end)),
    ),
    tail: Math.ceil((count * entrySize) / sectorSize + 1) * sectorSize,
    freeEntries: count - partitions.length,
    faults: [...faults],
    partitions,
  }
}

const checksumHolds = (sector: Buffer, header: GptHeader): boolean =>
  header.headerSize >= 92 &&
  header.headerSize <= sector.length &&
  crc32(checkedBytes(sector, header)) === header.checksum

/** The four primary entries; an extended partition counts as one, and holds the logical ones. */
async function readMbr(read: ReadAt, size: number): Promise<Table | null> {
  const entries = readMbrEntries(await read(0, 512))?.filter(isInUse) ?? []
  if (entries.length === 0 || entries.some(({ type }) => type === TYPE_PROTECTIVE)) return null
  const sectorSize = await sectorOf(
    read,
    size,
    entries.map(({ first, sectors }) => ({ first, end: first + sectors })),
  )
  const partitions = entries.map(
    ({ number, flag, type, first, sectors }): Partition => ({
      number,
      type: type.toString(16).padStart(2, '0'),
      start: first * sectorSize,
      end: (first + sectors) * sectorSize,
      name: '',
      bootable: flag === 0x80,
    }),
  )
  return {
    table: 'mbr',
    sectorSize,
    usedEnd: Math.max(512, ...partitions.map(({ end }) => end)),
    tail: 0,
    freeEntries: 4 - entries.length,
    faults: placesAmiss(partitions, size),
    partitions,
  }
}

function placesAmiss(partitions: readonly Partition[], size: number): TableFault[] {
  const sorted = [...partitions].sort((a, b) => a.start - b.start)
  const faults: TableFault[] = []
  if (sorted.some(({ start, end }) => end <= start)) faults.push('reversed')
  if (sorted.some(({ end }) => end > size)) faults.push('beyond-image')
  if (sorted.some(({ start }, at) => at > 0 && start < sorted[at - 1]!.end)) faults.push('overlap')
  return faults
}

/** An MBR does not say how large its sectors are; only where its file systems begin tells. */
async function sectorOf(
  read: ReadAt,
  size: number,
  partitions: readonly { first: number; end: number }[],
): Promise<512 | 4096> {
  if (partitions.some(({ end }) => end * 4096 > size)) return 512
  const found = async (sectorSize: number) => {
    for (const { first } of partitions) if (await beginsFileSystem(read, first * sectorSize)) return true
    return false
  }
  return !(await found(512)) && (await found(4096)) ? 4096 : 512
}

async function beginsFileSystem(read: ReadAt, start: number): Promise<boolean> {
  for (const { offset, bytes } of magics)
    if (holdsMagic(await read(start + offset, bytes.length), { offset: 0, bytes })) return true
  return false
}
