/*
 * The classic partition table: four entries of 16 bytes from byte 446 of sector 0, then 55 AA.
 *
 *   0 flag (80 = active)   1-3 CHS first   4 type   5-7 CHS last   8-11 first sector   12-15 sectors
 */

/** an MBR that only says: this disk has a GPT */
export const TYPE_PROTECTIVE = 0xee

export interface MbrEntry {
  /** from 1 */
  number: number
  flag: number
  type: number
  first: number
  sectors: number
}

/** Byte of the sector at which an entry begins. */
export const mbrEntryAt = (number: number): number => 446 + (number - 1) * 16

/** PURE: all four entries, in use or not; null when the sector has no signature. */
export function readMbrEntries(sector: Buffer): MbrEntry[] | null {
  if (sector.length < 512 || sector.readUInt16BE(510) !== 0x55aa) return null
  return [1, 2, 3, 4].map((number) => {
    const at = mbrEntryAt(number)
    return {
      number,
      flag: sector.readUInt8(at),
      type: sector.readUInt8(at + 4),
      first: sector.readUInt32LE(at + 8),
      sectors: sector.readUInt32LE(at + 12),
    }
  })
}

export const isInUse = ({ type, sectors }: MbrEntry): boolean => type !== 0 && sectors > 0
