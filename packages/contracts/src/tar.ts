/*
 * POSIX ustar (IEEE Std 1003.1, pax): 512-byte headers, contents padded to 512, two empty blocks at the end.
 *
 *   0 name[100]  100 mode[8]  108 uid[8]  116 gid[8]  124 size[12]  136 mtime[12]  148 checksum[8]  156 type  257 "ustar\0" "00"
 *
 * Only plain files with short names: what a backup and an archive of logs are made of, and what GNU tar lists.
 */

export const TAR_BLOCK = 512

/** What stands behind the last entry. */
export const tarEnd = new Uint8Array(2 * TAR_BLOCK)

/** How many bytes follow a content of `size` bytes, up to a whole block. */
export const tarPadding = (size: number): number => (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK

/** Sum of a header's bytes, as if the field of the checksum itself were blanks. */
const tarChecksum = (header: Uint8Array): number =>
  header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)

/** A file's header. @throws Error when the name is longer than 100 bytes of UTF-8 */
export function tarHeader(name: string, size: number, mtime: number, mode = 0o600): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(TAR_BLOCK)
  const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at)
  const octal = (value: number, at: number, digits: number) => write(value.toString(8).padStart(digits, '0'), at)
  if (new TextEncoder().encode(name).length > 100) throw new Error(`"${name}" is too long a name for a tar entry`)
  write(name, 0)
  octal(mode, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(size, 124, 11)
  octal(Math.floor(mtime), 136, 11)
  write('0', 156)
  write('ustar\x0000', 257)
  octal(tarChecksum(header), 148, 6)
  write('\0 ', 154)
  return header
}

/**
 * One file of an archive with its header, padded to whole blocks.
 * @param name at most 100 bytes of UTF-8; @param mtime seconds since 1970
 * @throws Error when the name is longer
 */
export function tarEntry(name: string, bytes: Uint8Array, mtime: number, mode = 0o600): Uint8Array<ArrayBuffer> {
  const entry = new Uint8Array(TAR_BLOCK + bytes.length + tarPadding(bytes.length))
  entry.set(tarHeader(name, bytes.length, mtime, mode))
  entry.set(bytes, TAR_BLOCK)
  return entry
}
