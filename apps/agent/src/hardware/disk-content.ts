import {
  GPT_SIGNATURE,
  holdsMagic,
  isInUse,
  magics,
  RAID_MAGIC,
  readMbrEntries,
  TYPE_PROTECTIVE,
} from '@eims/contracts'
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

/**
 * What lies on a disk, as far as the interlock against overwriting cares.
 * @returns `blank` only when both ends are all zero: nobody knows every signature (Ceph, ASM, APFS), and plain
 *   dm-crypt has none
 */
export function recognise(ends: DiskEnds): { blank: boolean; found: string | null } {
  const found =
    partitionTable(ends) ??
    fileSystem(ends.head) ??
    zfs(ends.head) ??
    atTheEnd(ends) ??
    (ends.head.length >= 512 && ends.head.readUInt16BE(510) === 0x55aa ? 'boot sector' : null) ??
    (isZero(ends.head) && isZero(ends.tail) ? null : 'unknown data')
  return { blank: found === null, found }
}

const isZero = (bytes: Buffer): boolean => bytes.equals(Buffer.alloc(bytes.length))

const holds = (from: Buffer, offset: number, bytes: string) => holdsMagic(from, { offset, bytes })

/** GPT is looked for under both sector sizes, and at the end: a disk may come from another controller, or half wiped. */
function partitionTable({ head, tail }: DiskEnds): string | null {
  const places: [Buffer, number][] = [
    [head, 512],
    [head, 4096],
    [tail, tail.length - 512],
    [tail, tail.length - 4096],
  ]
  if (places.some(([bytes, offset]) => offset >= 0 && holds(bytes, offset, GPT_SIGNATURE))) return 'gpt'
  const entries = readMbrEntries(head)
  if (!entries) return null
  if (entries.some(({ type }) => type === TYPE_PROTECTIVE)) return 'gpt'
  // A FAT or NTFS boot sector has 55AA too, and its code where the entries would be.
  const sane = entries.every(({ flag }) => flag === 0 || flag === 0x80)
  return sane && entries.some(isInUse) ? 'mbr' : null
}

function fileSystem(head: Buffer): string | null {
  const name = magics.find((magic) => holdsMagic(head, magic))?.name ?? null
  return name === 'ext' ? ext(head) : name
}

function ext(head: Buffer): string {
  const compat = head.readUInt32LE(K + 0x5c)
  const incompat = head.readUInt32LE(K + 0x60)
  // 0x2c0: extents, 64 bit, flexible block groups; compat 4: a journal
  if (incompat & 0x2c0) return 'ext4'
  return compat & 4 ? 'ext3' : 'ext2'
}

/** A ring of uberblocks stands from 128 KiB on, one each KiB at the closest. */
function zfs(head: Buffer): string | null {
  for (let at = 128 * K; at + 8 <= Math.min(256 * K, head.length); at += K)
    if (holds(head, at, '\x0c\xb1\xba\0\0\0\0\0') || holds(head, at, '\0\0\0\0\0\xba\xb1\x0c')) return 'zfs'
  return null
}

/** RAID metadata that is kept behind the data: Linux 0.90 and 1.0, Intel's firmware RAID. */
function atTheEnd({ tail, size }: DiskEnds): string | null {
  if (holdsMark(tail, size)) return 'unfinished installation'
  const start = size - tail.length
  const at090 = Math.floor(size / (64 * K)) * 64 * K - 64 * K
  const at10 = Math.floor((size - 8 * K) / (4 * K)) * 4 * K
  for (const at of [at090, at10]) if (at >= start && holds(tail, at - start, RAID_MAGIC)) return 'linux-raid'
  for (const sector of [512, 4096])
    if (tail.length >= 2 * sector && holds(tail, tail.length - 2 * sector, 'Intel Raid ISM Cfg Sig. '))
      return 'intel-raid'
  return null
}
