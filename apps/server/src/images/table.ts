import { crc32 } from 'node:zlib'
import type { ImageFacts, TableFault } from '@eims/contracts'

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

type Table = Pick<ImageFacts, 'table' | 'sectorSize' | 'usedEnd' | 'tail' | 'freeEntries' | 'faults'> & {
  partitions: Partition[]
}

/** Reads whatever partition table there is, and takes nothing amiss: what is wrong with it is a finding. */
export async function readTable(read: ReadAt, size: number): Promise<Table> {
  const none: Table = {
    table: 'none',
    sectorSize: 512,
    usedEnd: 0,
    tail: 0,
    freeEntries: 0,
    faults: [],
    partitions: [],
  }
  return (await readGpt(read, size, 512)) ?? (await readGpt(read, size, 4096)) ?? (await readMbr(read, size)) ?? none
}

/** UEFI specification 2.10, section 5.3: the header is in LBA 1, whatever the sector's size. */
async function readGpt(read: ReadAt, size: number, sectorSize: 512 | 4096): Promise<Table | null> {
  const header = await read(sectorSize, sectorSize)
  if (header.length < sectorSize || header.toString('latin1', 0, 8) !== 'EFI PART') return null
  const [count, entrySize] = [header.readUInt32LE(80), header.readUInt32LE(84)]
  if (count === 0 || count > 4096 || entrySize < 128 || entrySize > 4096) return null
  const lba = (at: number) => Number(header.readBigUInt64LE(at)) * sectorSize
  const entries = await read(lba(72), count * entrySize)
  const faults = new Set<TableFault>()
  if (!checksumHolds(header)) faults.add('header-checksum')
  if (entries.length < count * entrySize || crc32(entries) !== header.readUInt32LE(88)) faults.add('entries-checksum')
  const partitions: Partition[] = []
  for (let index = 0; (index + 1) * entrySize <= entries.length; index += 1) {
    const entry = entries.subarray(index * entrySize, (index + 1) * entrySize)
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue
    partitions.push({
      number: index + 1,
      type: guid(entry.subarray(0, 16)),
      start: Number(entry.readBigUInt64LE(32)) * sectorSize,
      end: (Number(entry.readBigUInt64LE(40)) + 1) * sectorSize,
      name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
      bootable: (entry.readUInt8(48) & 4) !== 0,
    })
  }
  if ((await read(size - sectorSize, 8)).toString('latin1') !== 'EFI PART') faults.add('backup-missing')
  for (const fault of placesAmiss(partitions, size)) faults.add(fault)
  return {
    table: 'gpt',
    sectorSize,
    // a damaged table may say anything
    usedEnd: Math.min(Number.MAX_SAFE_INTEGER, Math.max(lba(40), ...partitions.map(({ end }) => end))),
    tail: Math.ceil((count * entrySize) / sectorSize + 1) * sectorSize,
    freeEntries: count - partitions.length,
    faults: [...faults],
    partitions,
  }
}

function checksumHolds(header: Buffer): boolean {
  const length = header.readUInt32LE(12)
  if (length < 92 || length > header.length) return false
  const checked = Buffer.from(header.subarray(0, length))
  checked.writeUInt32LE(0, 16)
  return crc32(checked) === header.readUInt32LE(16)
}

function guid(bytes: Buffer): string {
  const hex = Buffer.concat([
    Buffer.from(bytes.subarray(0, 4)).reverse(),
    Buffer.from(bytes.subarray(4, 6)).reverse(),
    Buffer.from(bytes.subarray(6, 8)).reverse(),
    bytes.subarray(8),
  ]).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The four primary entries; an extended partition counts as one, and holds the logical ones. */
async function readMbr(read: ReadAt, size: number): Promise<Table | null> {
  const sector = await read(0, 512)
  if (sector.length < 512 || sector.readUInt16BE(510) !== 0x55aa) return null
  const entries = [446, 462, 478, 494]
    .map((at, index) => ({
      number: index + 1,
      status: sector.readUInt8(at),
      type: sector.readUInt8(at + 4),
      first: sector.readUInt32LE(at + 8),
      sectors: sector.readUInt32LE(at + 12),
    }))
    .filter(({ type, sectors }) => type !== 0 && sectors > 0)
  if (entries.length === 0 || entries.some(({ type }) => type === 0xee)) return null
  const sectorSize = await sectorOf(
    read,
    size,
    entries.map(({ first, sectors }) => ({ first, end: first + sectors })),
  )
  const partitions = entries.map(
    ({ number, status, type, first, sectors }): Partition => ({
      number,
      type: type.toString(16).padStart(2, '0'),
      start: first * sectorSize,
      end: (first + sectors) * sectorSize,
      name: '',
      bootable: status === 0x80,
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

/** An MBR does not say what its sectors are: only where its file systems begin does. */
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

/** offset and magic of what Linux images put into a partition */
const superblocks: [number, string][] = [
  [1080, '\x53\xef'],
  [0, 'XFSB'],
  [54, 'FAT'],
  [82, 'FAT32'],
  [3, 'NTFS'],
  [0x10040, '_BHRfS_M'],
  [512, 'LABELONE'],
  [0, 'LUKS'],
  [0, 'hsqs'],
  [1024, '\x10\x20\xf5\xf2'],
  [4086, 'SWAPSPACE2'],
]

async function beginsFileSystem(read: ReadAt, start: number): Promise<boolean> {
  for (const [offset, magic] of superblocks)
    if ((await read(start + offset, magic.length)).toString('latin1') === magic) return true
  return false
}
