import { ProblemError, readGptEntries, readGptHeader, readMbrEntries, TYPE_PROTECTIVE } from '@eims/contracts'
import { refuseForeign } from './foreign.ts'
import type { Packing } from './format.ts'

const SECTOR = 512
/** no partition table needs more of the disk's beginning than this; ISO 9660 shows itself at 32 KiB */
export const HEAD_BYTES = 64 * 1024

/**
 * Makes sure that raw bytes are a whole disk and not a file system, an installer or an archive given by mistake.
 *
 * @param head the first bytes, HEAD_BYTES or all there are
 * @param outer the format that they came out of
 * @returns the byte at which the last partition ends: the image must be at least that long
 * @throws ProblemError `image-unreadable`
 */
export function checkDisk(head: Buffer, outer: Packing = 'raw'): number {
  refuseForeign(outer, head)
  const end = gptEnd(head, 512) ?? gptEnd(head, 4096) ?? mbrEnd(head)
  if (end !== undefined) return end
  const looks = familiar.find(([offset, magic]) => head.toString('latin1', offset, offset + magic.length) === magic)
  throw new ProblemError(
    'image-unreadable',
    `the image has neither a GPT nor an MBR partition table${looks ? ` (it looks like ${looks[2]})` : ''}, ` +
      'so no machine could boot from it: give the image of a whole disk',
  )
}

/** Makes sure that an image is as long as a disk can be and as its own partition table says. */
export function checkDiskSize(rawSize: number, partitionsEnd: number): void {
  if (rawSize % SECTOR !== 0)
    throw new ProblemError(
      'image-unreadable',
      `the image has ${rawSize} bytes, which is not a multiple of a disk’s sector (512): it was cut off or is no disk`,
    )
  if (partitionsEnd > rawSize)
    throw new ProblemError(
      'image-unreadable',
      `the image has ${rawSize} bytes, but its last partition ends at byte ${partitionsEnd}: it was cut off`,
    )
}

/** UEFI specification 2.10, section 5.3: the header is in LBA 1, whatever the sector's size. */
function gptEnd(head: Buffer, sector: number): number | undefined {
  const header = head.length < 2 * sector ? null : readGptHeader(head.subarray(sector))
  if (!header || header.entrySize < 128 || header.entrySize > 4096) return
  const { entriesLba, entrySize } = header
  const array = entriesLba * sector
  // Boards that start from the disk's beginning have their table further on (sgdisk -j); it is read when all is stored.
  if (array >= head.length) return 0
  const entries = head.subarray(array, array + Math.min(header.entryCount, 1024) * entrySize)
  const end = Math.max(0, ...readGptEntries(entries, entrySize).map(({ last }) => (last + 1) * sector))
  return end > 0 ? end : undefined
}

/** A FAT boot sector ends in 55AA too, so at least one entry must be sound. */
function mbrEnd(head: Buffer): number | undefined {
  const entries = readMbrEntries(head)
  if (!entries?.every(({ flag, type }) => (flag === 0 || flag === 0x80) && type !== TYPE_PROTECTIVE)) return
  const end = Math.max(
    0,
    ...entries.filter(({ type }) => type !== 0).map(({ first, sectors }) => (first + sectors) * SECTOR),
  )
  return end > 0 ? end : undefined
}

/** what people send instead of a disk: offset, magic, name */
const familiar: [number, string, string][] = [
  [0, 'hsqs', 'a squashfs file system'],
  [0, '\x7fELF', 'a program or kernel'],
  [1080, '\x53\xef', 'an ext4 file system without a disk around it'],
  [3, 'NTFS', 'an NTFS file system without a disk around it'],
  [82, 'FAT32', 'a FAT file system without a disk around it'],
  [54, 'FAT', 'a FAT file system without a disk around it'],
]
