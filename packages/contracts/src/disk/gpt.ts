import { guidFromBytes } from './guid.ts'

/*
 * UEFI 2.10 section 5.3. Sectors of the disk's logical size, `last` being its last one:
 *
 *   0           protective MBR, one entry of type 0xEE
 *   1           primary header  ──┐ each header names its entries, the usable
 *   2 …         entries         <─┘ sectors, and where the other header is
 *   …           partitions
 *   last - n …  the same entries  <─┐
 *   last        backup header     ──┘
 */

export const GPT_SIGNATURE = 'EFI PART'
export const TYPE_ESP = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b'

/** What a header says. Sector numbers are plain numbers: 2^53 sectors are more than any disk has. */
export interface GptHeader {
  headerSize: number
  /** CRC-32 of `checkedBytes` */
  checksum: number
  firstUsable: number
  diskGuid: string
  entriesLba: number
  entryCount: number
  entrySize: number
  /** CRC-32 of all the entries */
  entriesChecksum: number
}

export interface GptPartition {
  /** from 1 */
  number: number
  type: string
  guid: string
  first: number
  last: number
  name: string
}

export const looksLikeGpt = (sector: Buffer): boolean => sector.toString('latin1', 0, 8) === GPT_SIGNATURE

/**
 * PURE: a header as it stands there; nothing of it is checked, so any number in it may be absurd.
 * @param sector at least 92 bytes
 * @returns null when it is none
 */
export function readGptHeader(sector: Buffer): GptHeader | null {
  if (!looksLikeGpt(sector)) return null
  return {
    headerSize: sector.readUInt32LE(12),
    checksum: sector.readUInt32LE(16),
    firstUsable: Number(sector.readBigUInt64LE(40)),
    diskGuid: guidFromBytes(sector.subarray(56, 72)),
    entriesLba: Number(sector.readBigUInt64LE(72)),
    entryCount: sector.readUInt32LE(80),
    entrySize: sector.readUInt32LE(84),
    entriesChecksum: sector.readUInt32LE(88),
  }
}

/** PURE: the bytes that a header's checksum is made of: its own, with zeros in the place of the checksum. */
export function checkedBytes(sector: Buffer, { headerSize }: Pick<GptHeader, 'headerSize'>): Buffer {
  const checked = Buffer.from(sector.subarray(0, headerSize))
  checked.writeUInt32LE(0, 16)
  return checked
}

/**
 * PURE: the partitions in use, by number, of as many whole entries as there are.
 * @param entrySize at least 128
 */
export function readGptEntries(entries: Buffer, entrySize: number): (GptPartition & { legacyBoot: boolean })[] {
  return Array.from({ length: Math.floor(entries.length / entrySize) }, (_, index) => {
    const entry = entries.subarray(index * entrySize, (index + 1) * entrySize)
    return {
      number: index + 1,
      type: guidFromBytes(entry.subarray(0, 16)),
      guid: guidFromBytes(entry.subarray(16, 32)),
      first: Number(entry.readBigUInt64LE(32)),
      last: Number(entry.readBigUInt64LE(40)),
      name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
      legacyBoot: (entry.readUInt8(48) & 4) !== 0,
    }
  }).filter(({ type }) => !/^[0-]*$/.test(type))
}
