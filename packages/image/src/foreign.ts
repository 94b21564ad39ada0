import { type ImageFormat, ProblemError, type SlotsOf } from '@eims/contracts'
import { detectFormat, type Packing } from './format.ts'
import { isHybrid } from './iso.ts'

/** Bytes of a file's end that a fixed VHD shows itself by. */
export const TAIL_BYTES = 512

type Foreign = SlotsOf<'image-format'>['format']

/** offset and bytes in hexadecimal, most telling first; sources: each format's specification, and file(1) for the archives */
const magics: [number, string, Foreign][] = [
  // ISO 9660 section 8.1: the first volume descriptor; first, because hybrid media begin like disks
  [32769, '4344303031', 'iso'],
  [0, '636f6e6563746978', 'vhd'],
  [0, '7668647866696c65', 'vhdx'],
  [0, '4b444d56', 'vmdk'],
  [0, '434f5744', 'vmdk'],
  [0, Buffer.from('# Disk DescriptorFile').toString('hex'), 'vmdk'],
  // VDICore.h: the signature behind 64 bytes of text
  [64, '7f10dabe', 'vdi'],
  [0, '425a68', 'bz2'],
  [0, '04224d18', 'lz4'],
  [0, '02214c18', 'lz4'],
  [0, '504b0304', 'zip'],
  [0, '377abcaf271c', '7z'],
  [257, '7573746172', 'tar'],
]

const convert = (format: string) => `qemu-img convert -f ${format} -O qcow2 FILE NEW.qcow2`
const remedies: Record<Foreign, string> = {
  vhd: convert('vpc'),
  vhdx: convert('vhdx'),
  vmdk: convert('vmdk'),
  vdi: convert('vdi'),
  iso: 'it starts from an optical drive only; take the publisher’s disk or cloud image, or a hybrid ISO',
  bz2: 'bunzip2 FILE',
  lz4: 'lz4 -d FILE NEW',
  zip: 'unzip FILE',
  '7z': '7z x FILE',
  tar: 'tar -xf FILE',
  ova: 'tar -xf FILE && qemu-img convert -f vmdk -O qcow2 DISK.vmdk NEW.qcow2',
}

const unpack: Record<Exclude<Packing, 'raw'>, string> = {
  gz: 'gunzip FILE',
  xz: 'unxz FILE',
  zst: 'unzstd FILE',
  qcow2: 'qemu-img convert -f qcow2 -O raw FILE NEW',
}

/** What a file is that is none of our formats, by its first bytes and its last ones; null for what may be a disk. */
function foreignFormat(head: Buffer, tail: Buffer = Buffer.alloc(0)): Foreign | null {
  const has = ([offset, magic]: (typeof magics)[number]) =>
    head.subarray(offset, offset + magic.length / 2).equals(Buffer.from(magic, 'hex'))
  if (isHybrid(head)) return null
  const found = magics.find(has)?.[2] ?? (tail.toString('latin1', 0, 8) === 'conectix' ? 'vhd' : null)
  // DMTF DSP0243: an OVA is a tar whose first member is the descriptor
  return found === 'tar' && /\.ovf\0/i.test(head.toString('latin1', 0, 100)) ? 'ova' : found
}

/** What a tar archive is named by that was made of a disk's image for the way only. */
const DISK_INSIDE = /\.(raw|img|qcow2|vmdk|vhdx?|vdi)$/i

/**
 * PURE: whether bytes are a tar archive that the store keeps as one: not the one of an appliance, nor one that a disk's image
 * was packed into, unless a person says that it is an archive.
 */
export function isArchive(head: Buffer, declared: ImageFormat | undefined): boolean {
  if (foreignFormat(head) !== 'tar') return false
  const name = head.toString('latin1', 0, 100).replace(/\0.*$/s, '')
  return declared === 'archive' || declared === 'addons' || !DISK_INSIDE.test(name)
}

/**
 * Refuses bytes that are another format than a raw disk, with the command that helps.
 *
 * @param outer the format that the bytes came out of; raw: they are the file itself
 * @throws ProblemError `image-unreadable` with the reason `image-format` or `image-packed-twice`
 */
export function refuseForeign(outer: Packing, head: Buffer, tail?: Buffer): void {
  const foreign = foreignFormat(head, tail)
  if (outer === 'raw') {
    if (foreign) throw unreadable({ code: 'image-format', slots: { format: foreign, remedy: remedies[foreign] } })
    return
  }
  const inner = foreign ?? detectFormat(head)
  if (inner === 'raw') return
  const remedy = foreign ? `${unpack[outer]}; ${remedies[foreign]}` : unpack[outer]
  throw unreadable({ code: 'image-packed-twice', slots: { outer, inner, remedy } })
}

const unreadable = (reason: ConstructorParameters<typeof ProblemError>[1]) =>
  new ProblemError('image-unreadable', reason)
