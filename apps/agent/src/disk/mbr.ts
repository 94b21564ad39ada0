import { isInUse, type MbrEntry, mbrEntryAt, readMbrEntries } from '@eims/contracts'

const TYPE_FAT_LBA = 0x0c
const TYPE_LINUX = 0x83
/** head, sector and cylinder "beyond reach", as every tool writes them since disks are larger than 8 GB */
export const BEYOND_REACH = [0xfe, 0xff, 0xff]

/** The primary entries in use, or null when the sector is no MBR or has none. */
export function decodeMbr(sector: Buffer): MbrEntry[] | null {
  const used = readMbrEntries(sector)?.filter(isInUse) ?? []
  return used.length > 0 ? used : null
}

/** The disk's 4-byte signature, as UEFI device paths name an MBR disk. */
export const diskSignature = (sector: Buffer): Buffer => sector.subarray(440, 444)

/** Whether a partition of this type may be made larger. An extended one (5, 15) has a table of its own inside. */
export const growsInMbr = ({ type }: MbrEntry): boolean => type === TYPE_LINUX

/** The sector with another length of one partition. */
export function extendMbrPartition(sector: Buffer, number: number, sectors: number): Buffer {
  const changed = Buffer.from(sector)
  const at = mbrEntryAt(number)
  changed.set(BEYOND_REACH, at + 5)
  changed.writeUInt32LE(sectors, at + 12)
  return changed
}

/** The sector with one more partition in the first free slot, a FAT one unless it says otherwise, or null when all four are taken. */
export function addMbrPartition(
  sector: Buffer,
  first: number,
  sectors: number,
  type: 'fat' | 'linux' = 'fat',
): { sector: Buffer; number: number } | null {
  const used = new Set((decodeMbr(sector) ?? []).map(({ number }) => number))
  const number = [1, 2, 3, 4].find((slot) => !used.has(slot))
  if (number === undefined) return null
  const changed = Buffer.from(sector)
  const at = mbrEntryAt(number)
  changed.set([0, ...BEYOND_REACH, type === 'fat' ? TYPE_FAT_LBA : TYPE_LINUX, ...BEYOND_REACH], at)
  changed.writeUInt32LE(first, at + 8)
  changed.writeUInt32LE(sectors, at + 12)
  return { sector: changed, number }
}
