import { crc32 } from 'node:zlib'
import {
  checkedBytes,
  GPT_SIGNATURE,
  type GptHeader,
  type GptPartition,
  guidToBytes,
  mbrEntryAt,
  readGptEntries,
  readGptHeader,
  readMbrEntries,
  type SlotsOf,
  TYPE_PROTECTIVE,
} from '@eims/contracts'

const TYPE_BASIC_DATA = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7'
/** Linux file system */
export const TYPE_LINUX = '0fc63daf-8483-4772-8e79-3d69d8477de4'
/** Its roots for x86-64 and arm64, and /var, which is what an immutable OS writes to (UAPI Discoverable Partitions Specification). */
const TYPES_LINUX = [
  TYPE_LINUX,
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  'b921b045-1df0-41c3-af44-4c6f280d3fae',
  '4d21b016-b534-45c2-a9fb-5c16e091fd2d',
]

/** A table that can be trusted. */
export interface Gpt extends Omit<GptHeader, 'checksum' | 'entriesChecksum'> {
  sectorSize: number
  /** entryCount * entrySize bytes */
  entries: Buffer
}

/** What is wrong with a table. */
export interface GptFault {
  fault: SlotsOf<'gpt-damaged'>['fault']
}

/** Bytes to put on a disk. */
export interface Patch {
  offset: number
  bytes: Buffer
}

/** Where a header's entries are: bytes on the disk, bounded. */
export function entriesExtent(
  { entriesLba, entryCount, entrySize }: GptHeader,
  sectorSize: number,
): { offset: number; length: number } {
  return { offset: entriesLba * sectorSize, length: Math.min(entryCount * entrySize, 1024 * 1024) }
}

/**
 * Decodes a table, the primary or the backup.
 * @param sector  its header's
 * @param entries the bytes of entriesExtent
 * @returns the table, or why it cannot be trusted
 */
export function decodeGpt(sector: Buffer, entries: Buffer, sectorSize: number): Gpt | GptFault {
  const read = readGptHeader(sector)
  if (!read) return { fault: 'no-header' }
  const { checksum, entriesChecksum, ...header } = read
  const { headerSize, entryCount, entrySize } = header
  if (headerSize < 92 || headerSize > sectorSize) return { fault: 'header-size' }
  if (entrySize < 128 || entrySize % 8 !== 0 || entryCount * entrySize !== entries.length) return { fault: 'entries' }
  if (crc32(checkedBytes(sector, header)) !== checksum) return { fault: 'header-checksum' }
  if (crc32(entries) !== entriesChecksum) return { fault: 'entries-checksum' }
  return { ...header, sectorSize, entries }
}

/** The partitions in use, by number. */
export const partitionsOf = (gpt: Gpt): GptPartition[] => readGptEntries(gpt.entries, gpt.entrySize)

const entrySectors = (gpt: Gpt) => Math.ceil(gpt.entries.length / gpt.sectorSize)

/** The last sector that a partition may use when the backup table stands at the end of the disk. */
export const lastUsable = (gpt: Gpt, diskSectors: number): number => diskSectors - 1 - entrySectors(gpt) - 1

/** The table with one more partition, of basic data unless it says otherwise, in the first free entry, or null when every entry is taken. */
export function addPartition(
  gpt: Gpt,
  partition: Pick<GptPartition, 'guid' | 'first' | 'last' | 'name'> & { type?: string },
): { gpt: Gpt; number: number } | null {
  const used = new Set(partitionsOf(gpt).map(({ number }) => number))
  const number = Array.from({ length: gpt.entryCount }, (_, index) => index + 1).find((free) => !used.has(free))
  if (number === undefined) return null
  const entries = Buffer.from(gpt.entries)
  const entry = entries.subarray((number - 1) * gpt.entrySize, number * gpt.entrySize)
  putEntry(entry, { type: TYPE_BASIC_DATA, ...partition })
  return { gpt: { ...gpt, entries }, number }
}

/** Writes a partition into its entry of a table. */
export function putEntry(entry: Buffer, { type, guid, first, last, name }: Omit<GptPartition, 'number'>): void {
  entry.fill(0)
  guidToBytes(type).copy(entry, 0)
  guidToBytes(guid).copy(entry, 16)
  entry.writeBigUInt64LE(BigInt(first), 32)
  entry.writeBigUInt64LE(BigInt(last), 40)
  entry.write(name, 56, 72, 'utf16le')
}

/** The table with another last sector of one partition. */
export function extendPartition(gpt: Gpt, number: number, last: number): Gpt {
  const entries = Buffer.from(gpt.entries)
  entries.writeBigUInt64LE(BigInt(last), (number - 1) * gpt.entrySize + 40)
  return { ...gpt, entries }
}

/** Whether a partition of this type may be made larger: LVM, RAID, swap, verity and the like have sizes of their own. */
export const growsInGpt = ({ type }: GptPartition): boolean => TYPES_LINUX.includes(type)

/**
 * The table as it goes on a disk of `diskSectors`, backup at the disk's end, in the order in which it is safe to write
 * with a sync behind each: the copy that is whole stays so until the other one stands.
 * @param protectiveMbr sector 0 as it is; only the size of its 0xEE entry changes
 * @param whole which copy on the disk is whole
 */
export function encodeGpt(gpt: Gpt, diskSectors: number, protectiveMbr: Buffer, whole: 'primary' | 'backup'): Patch[] {
  const at = (lba: number) => lba * gpt.sectorSize
  const backupEntries = lastUsable(gpt, diskSectors) + 1
  const backup = [
    { offset: at(backupEntries), bytes: gpt.entries },
    { offset: at(diskSectors - 1), bytes: header(gpt, diskSectors, diskSectors - 1, 1, backupEntries) },
  ]
  const primary = [
    { offset: at(gpt.entriesLba), bytes: gpt.entries },
    { offset: at(1), bytes: header(gpt, diskSectors, 1, diskSectors - 1, gpt.entriesLba) },
  ]
  const tables = whole === 'primary' ? [...backup, ...primary] : [...primary, ...backup]
  return [...tables, { offset: 0, bytes: covering(protectiveMbr, diskSectors) }]
}

function header(gpt: Gpt, diskSectors: number, own: number, other: number, entriesLba: number): Buffer {
  const sector = Buffer.alloc(gpt.sectorSize)
  sector.write(GPT_SIGNATURE, 0, 'latin1')
  sector.writeUInt32LE(0x10000, 8)
  sector.writeUInt32LE(gpt.headerSize, 12)
  sector.writeBigUInt64LE(BigInt(own), 24)
  sector.writeBigUInt64LE(BigInt(other), 32)
  sector.writeBigUInt64LE(BigInt(gpt.firstUsable), 40)
  sector.writeBigUInt64LE(BigInt(lastUsable(gpt, diskSectors)), 48)
  guidToBytes(gpt.diskGuid).copy(sector, 56)
  sector.writeBigUInt64LE(BigInt(entriesLba), 72)
  sector.writeUInt32LE(gpt.entryCount, 80)
  sector.writeUInt32LE(gpt.entrySize, 84)
  sector.writeUInt32LE(crc32(gpt.entries), 88)
  sector.writeUInt32LE(crc32(sector.subarray(0, gpt.headerSize)), 16)
  return sector
}

/** Whether an MBR says that its disk has a GPT. */
export const isProtective = (mbr: Buffer): boolean => protectiveIn(mbr).length > 0

const protectiveIn = (mbr: Buffer) =>
  (readMbrEntries(mbr) ?? []).filter(({ type, first }) => type === TYPE_PROTECTIVE && first === 1)

/** Section 5.2.3: the protective entry covers the whole disk, or as much of it as 32 bits can say. */
function covering(protectiveMbr: Buffer, diskSectors: number): Buffer {
  const sector = Buffer.from(protectiveMbr)
  for (const { number } of protectiveIn(sector))
    sector.writeUInt32LE(Math.min(diskSectors - 1, 0xffffffff), mbrEntryAt(number) + 12)
  return sector
}
