import { ADDONS_LABEL, holdsMagic, magics } from '@eims/contracts'

/** By what an OS finds a disk, a partition or a file system, whichever disk it is on. */
export interface Name {
  kind: 'label' | 'uuid' | 'partition' | 'partition-label' | 'disk'
  value: string
}

/** A file system, or what else calls itself something, at the start of a partition or disk. */
export interface Signature {
  names: Name[]
  /** the bytes without which nobody finds it, from the start; null for a container, which is never taken apart */
  magic: [offset: number, length: number][] | null
}

/** Bytes from the start of a partition that hold everything below (btrfs has its superblock at 64 KiB). */
export const HEAD_BYTES = 68 * 1024

const K = 1024

/**
 * PURE: what calls itself something at the start of a partition.
 * @param head its first HEAD_BYTES, or all of a smaller one
 * @returns null when nothing known does
 */
export function signatureOf(head: Buffer): Signature | null {
  const bytes = Buffer.alloc(HEAD_BYTES)
  head.copy(bytes)
  const found = magics.find((magic) => magic.name in readers && holdsMagic(bytes, magic))
  if (found) {
    const { offset, bytes: magic } = found
    const names = readers[found.name]!(bytes, offset)
    return { names, magic: containers.includes(found.name) ? null : [[offset, magic.length]] }
  }
  return fat(bytes)
}

/** PURE: the file system at the start of a partition, as mount(8) calls it; null: none that the Micro-OS mounts. */
export function fileSystemOf(head: Buffer): string | null {
  const bytes = Buffer.alloc(HEAD_BYTES)
  head.copy(bytes)
  const found = magics.find((magic) => holdsMagic(bytes, magic))?.name ?? ''
  if (found.startsWith('fat')) return 'vfat'
  return found === 'ext' ? 'ext4' : ['xfs', 'btrfs', 'iso9660'].includes(found) ? found : null
}

const containers = ['luks', 'lvm2']
const label = (bytes: Buffer, at: number, length: number) => named('label', bytes.toString('latin1', at, at + length))
const uuid = (bytes: Buffer, at: number) => named('uuid', plainUuid(bytes.subarray(at, at + 16)))
const uuidText = (bytes: Buffer, at: number, length: number) => named('uuid', bytes.toString('latin1', at, at + length))

/** What each calls itself, by the place of its magic. */
const readers: Record<string, (bytes: Buffer, magicAt: number) => Name[]> = {
  luks: (bytes, at) => uuidText(bytes, at + 168, 40),
  // The magic stands 24 bytes into the label, which says at its byte 20 where the header begins.
  lvm2: (bytes, at) => uuidText(bytes, at - 24 + bytes.readUInt32LE(at - 4), 32),
  xfs: (bytes) => [...uuid(bytes, 32), ...label(bytes, 108, 12)],
  btrfs: (bytes) => [...uuid(bytes, 64 * K + 32), ...label(bytes, 64 * K + 299, 256)],
  iso9660: (bytes) => label(bytes, 32 * K + 40, 32),
  swap: (bytes) => [...uuid(bytes, K + 12), ...label(bytes, K + 28, 16)],
  ext: (bytes) => [...uuid(bytes, K + 0x68), ...label(bytes, K + 0x78, 16)],
}

/** Microsoft's FAT specification 1.03: the fields behind BPB_TotSec32 stand 28 bytes further on in FAT32. */
function fat(bytes: Buffer): Signature | null {
  if (bytes.readUInt16BE(510) !== 0x55aa) return null
  const wide = bytes.toString('latin1', 82, 87) === 'FAT32'
  if (!wide && bytes.toString('latin1', 54, 57) !== 'FAT') return null
  const at = wide ? 67 : 39
  const serial = bytes.readUInt32LE(at).toString(16).padStart(8, '0')
  const labels = [bytes.toString('latin1', at + 4, at + 15), labelInRoot(bytes) ?? '']
    .filter((label) => label.trim() !== 'NO NAME')
    .flatMap((label) => named('label', label))
  const magic: [number, number][] = [
    [510, 2],
    [wide ? 82 : 54, 8],
  ]
  return { names: [...named('uuid', serial === '00000000' ? '' : serial), ...labels], magic }
}

/** A label that was given later stands in the root directory only, as the entry with the attribute of a volume. */
function labelInRoot(bytes: Buffer): string | null {
  const sector = bytes.readUInt16LE(11)
  const tables = bytes[16]! * (bytes.readUInt16LE(22) || bytes.readUInt32LE(36))
  const root = (bytes.readUInt16LE(14) + tables) * sector
  for (let at = root; at + 32 <= bytes.length && bytes[at] !== 0; at += 32)
    if (bytes[at] !== 0xe5 && bytes[at + 11] === 0x08) return bytes.toString('latin1', at, at + 11)
  return null
}

function named(kind: 'label' | 'uuid', text: string): Name[] {
  const value = text.replace(/\0.*$/s, '').trim()
  return value === '' || /^[0-]*$/.test(value) ? [] : [{ kind, value: kind === 'uuid' ? value.toLowerCase() : value }]
}

/** File systems keep their UUIDs as they are written, without the swaps of a GUID. */
const plainUuid = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/**
 * What runs put beside every image: cloud-init takes what is called so for its seed, in either case (NoCloud,
 * DataSourceNoCloud.py), and a first boot takes addons by their label.
 */
export const isOurLabel = ({ kind, value }: Name): boolean =>
  kind === 'label' && (value.toLowerCase() === 'cidata' || value === ADDONS_LABEL)
