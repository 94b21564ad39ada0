import { holdsMark } from '../disk/mark.ts'

/** What a probe of a disk reads: its first and last MiB (or all of a smaller one). */
export interface DiskEnds {
  head: Buffer
  tail: Buffer
  /** bytes of the whole disk */
  size: number
}

/** Bytes at each end of the disk that hold every signature below; a disk is blank only when they are all zero. */
export const PROBE_BYTES = 1024 * 1024

const K = 1024
/** Signatures by place in the first MiB. Order matters: a container goes before what may be inside it. */
const signatures: [name: string, offset: number, magic: string | number[]][] = [
  ['luks', 0, 'LUKS\xba\xbe'],
  ['luks', 16 * K, 'SKUL\xba\xbe'],
  ['bitlocker', 3, '-FVE-FS-'],
  ['lvm2', 24, 'LVM2 001'],
  ['lvm2', 512 + 24, 'LVM2 001'],
  ['lvm2', K + 24, 'LVM2 001'],
  ['lvm2', K + 512 + 24, 'LVM2 001'],
  ['linux-raid', 0, [0xfc, 0x4e, 0x2b, 0xa9]],
  ['linux-raid', 4 * K, [0xfc, 0x4e, 0x2b, 0xa9]],
  ['bcache', 4 * K + 24, [0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca]],
  ['xfs', 0, 'XFSB'],
  ['btrfs', 64 * K + 64, '_BHRfS_M'],
  ['f2fs', K, [0x10, 0x20, 0xf5, 0xf2]],
  ['squashfs', 0, 'hsqs'],
  ['erofs', K, [0xe2, 0xe1, 0xf5, 0xe0]],
  ['swap', 4 * K - 10, 'SWAPSPACE2'],
  ['swap', 16 * K - 10, 'SWAPSPACE2'],
  ['swap', 64 * K - 10, 'SWAPSPACE2'],
  ['ntfs', 3, 'NTFS    '],
  ['refs', 3, 'ReFS\0\0\0\0'],
  ['exfat', 3, 'EXFAT   '],
  ['fat32', 0x52, 'FAT32   '],
  ['fat16', 0x36, 'FAT16   '],
  ['fat12', 0x36, 'FAT12   '],
  ['iso9660', 32 * K + 1, 'CD001'],
  ['udf', 34 * K + 1, 'NSR0'],
]

/**
 * What lies on a disk, as far as the interlock against overwriting cares.
 * @returns `blank` only when both ends are all zero: nobody knows every signature (Ceph, ASM, APFS), and plain
 *   dm-crypt has none
 */
export function recognise(ends: DiskEnds): { blank: boolean; found: string | null } {
  const found =
    partitionTable(ends) ??
    signatures.find(([, offset, magic]) => holds(ends.head, offset, magic))?.[0] ??
    ext(ends.head) ??
    zfs(ends.head) ??
    atTheEnd(ends) ??
    (ends.head.length >= 512 && ends.head.readUInt16BE(510) === 0x55aa ? 'boot sector' : null) ??
    (isZero(ends.head) && isZero(ends.tail) ? null : 'unknown data')
  return { blank: found === null, found }
}

const isZero = (bytes: Buffer): boolean => bytes.equals(Buffer.alloc(bytes.length))

function holds(bytes: Buffer, offset: number, magic: string | number[]): boolean {
  const wanted = typeof magic === 'string' ? Buffer.from(magic, 'latin1') : Buffer.from(magic)
  return bytes.subarray(offset, offset + wanted.length).equals(wanted)
}

/** GPT is looked for under both sector sizes, and at the end: a disk may come from another controller, or half wiped. */
function partitionTable({ head, tail }: DiskEnds): string | null {
  const places: [Buffer, number][] = [
    [head, 512],
    [head, 4096],
    [tail, tail.length - 512],
    [tail, tail.length - 4096],
  ]
  if (places.some(([bytes, offset]) => offset >= 0 && holds(bytes, offset, 'EFI PART'))) return 'gpt'
  if (head.length < 512 || head.readUInt16BE(510) !== 0x55aa) return null
  const entries = [446, 462, 478, 494].map((at) => ({
    flag: head[at]!,
    type: head[at + 4]!,
    sectors: head.readUInt32LE(at + 12),
  }))
  if (entries.some(({ type }) => type === 0xee)) return 'gpt'
  // A FAT or NTFS boot sector has 55AA too, and its code where the entries would be.
  const sane = entries.every(({ flag }) => flag === 0 || flag === 0x80)
  return sane && entries.some(({ type, sectors }) => type !== 0 && sectors > 0) ? 'mbr' : null
}

function ext(head: Buffer): string | null {
  if (head.length < 2048 || head.readUInt16LE(K + 0x38) !== 0xef53) return null
  const compat = head.readUInt32LE(K + 0x5c)
  const incompat = head.readUInt32LE(K + 0x60)
  // 0x2c0: extents, 64 bit, flexible block groups; compat 4: a journal
  if (incompat & 0x2c0) return 'ext4'
  return compat & 4 ? 'ext3' : 'ext2'
}

/** A ring of uberblocks stands from 128 KiB on, one each KiB at the closest. */
function zfs(head: Buffer): string | null {
  for (let at = 128 * K; at + 8 <= Math.min(256 * K, head.length); at += K)
    if (holds(head, at, [0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0]) || holds(head, at, [0, 0, 0, 0, 0, 0xba, 0xb1, 0x0c]))
      return 'zfs'
  return null
}

/** RAID metadata that is kept behind the data: Linux 0.90 and 1.0, Intel's firmware RAID. */
function atTheEnd({ tail, size }: DiskEnds): string | null {
  if (holdsMark(tail, size)) return 'unfinished installation'
  const start = size - tail.length
  const raid = [0xfc, 0x4e, 0x2b, 0xa9]
  const at090 = Math.floor(size / (64 * K)) * 64 * K - 64 * K
  const at10 = Math.floor((size - 8 * K) / (4 * K)) * 4 * K
  for (const at of [at090, at10]) if (at >= start && holds(tail, at - start, raid)) return 'linux-raid'
  for (const sector of [512, 4096])
    if (tail.length >= 2 * sector && holds(tail, tail.length - 2 * sector, 'Intel Raid ISM Cfg Sig. '))
      return 'intel-raid'
  return null
}
