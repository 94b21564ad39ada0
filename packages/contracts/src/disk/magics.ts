/** By what the contents of a disk or partition are recognised. */
export interface Magic {
  name: string
  /** bytes from its start */
  offset: number
  /** a character a byte (Latin-1) */
  bytes: string
}

const K = 1024
const RAID = '\xfc\x4e\x2b\xa9'
/** Order matters: a container goes before what may be inside it, and what leaves the first sectors alone comes last. */
const table: [name: string, offset: number, bytes: string][] = [
  ['luks', 0, 'LUKS\xba\xbe'],
  ['luks', 16 * K, 'SKUL\xba\xbe'],
  ['bitlocker', 3, '-FVE-FS-'],
  ['lvm2', 24, 'LVM2 001'],
  ['lvm2', 512 + 24, 'LVM2 001'],
  ['lvm2', K + 24, 'LVM2 001'],
  ['lvm2', K + 512 + 24, 'LVM2 001'],
  ['linux-raid', 0, RAID],
  ['linux-raid', 4 * K, RAID],
  ['bcache', 4 * K + 24, '\xc6\x85\x73\xf6\x4e\x1a\x45\xca'],
  ['xfs', 0, 'XFSB'],
  ['btrfs', 64 * K + 64, '_BHRfS_M'],
  ['f2fs', K, '\x10\x20\xf5\xf2'],
  ['squashfs', 0, 'hsqs'],
  ['erofs', K, '\xe2\xe1\xf5\xe0'],
  ['swap', 4 * K - 10, 'SWAPSPACE2'],
  ['swap', 16 * K - 10, 'SWAPSPACE2'],
  ['swap', 64 * K - 10, 'SWAPSPACE2'],
  ['ntfs', 3, 'NTFS    '],
  ['refs', 3, 'ReFS\0\0\0\0'],
  ['exfat', 3, 'EXFAT   '],
  ['fat32', 0x52, 'FAT32   '],
  ['fat16', 0x36, 'FAT16   '],
  ['fat12', 0x36, 'FAT12   '],
  ['fat', 0x36, 'FAT     '],
  ['iso9660', 32 * K + 1, 'CD001'],
  ['udf', 34 * K + 1, 'NSR0'],
  ['ext', K + 0x38, '\x53\xef'],
]

/** What may stand in the first 68 KiB of a disk or partition: file systems, and what holds some. */
export const magics: readonly Magic[] = table.map(([name, offset, bytes]) => ({ name, offset, bytes }))

/** The RAID of Linux; its metadata 0.90 and 1.0 stand near the end. */
export const RAID_MAGIC = RAID

/** PURE: whether these bytes stand there. */
export const holdsMagic = (from: Buffer, { offset, bytes }: Pick<Magic, 'offset' | 'bytes'>): boolean =>
  from.toString('latin1', offset, offset + bytes.length) === bytes
