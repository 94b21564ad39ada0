import { type ImageFormat, ProblemError } from '@eims/contracts'

/** How an image file is packed, whatever it holds. */
export type Packing = Exclude<ImageFormat, 'archive' | 'addons'>

/**
 * The packing of an image file, by its first bytes (RFC 1952, RFC 8878, xz-file-format 1.2, qcow2 specification).
 * What carries no known magic is raw. Zstandard may begin with a skippable frame, as seekable files and pzstd's do.
 */
export function detectFormat(head: Buffer): Packing {
  if (starts(head, '1f8b')) return 'gz'
  if (starts(head, 'fd377a585a00')) return 'xz'
  if (starts(head, '28b52ffd')) return 'zst'
  if (head.length >= 4 && head.readUInt32LE(0) >>> 4 === 0x184d2a5) return 'zst'
  if (starts(head, '514649fb')) return 'qcow2'
  return 'raw'
}

/** The packing found in the bytes; an archive may be packed in any, one of addons in none. Throws `image-mismatch` when another one was declared. */
export function checkFormat(declared: ImageFormat | undefined, head: Buffer): Packing {
  const found = detectFormat(head)
  if (declared !== undefined && declared !== 'archive' && declared !== 'addons' && declared !== found)
    throw new ProblemError('image-mismatch', `the image was announced as ${declared}, but its first bytes are ${found}`)
  if (declared === 'addons' && found !== 'raw')
    throw new ProblemError('image-mismatch', `an archive of addons is not packed, and its first bytes are ${found}`)
  return found
}

const starts = (head: Buffer, magic: string) => head.subarray(0, magic.length / 2).equals(Buffer.from(magic, 'hex'))
