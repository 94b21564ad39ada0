const BLOCK = 512
/** What a name may have in a ustar header without its prefix field. */
const NAME_BYTES = 100

/**
 * One regular file of a tar archive (POSIX.1-1988 ustar), padded to whole blocks.
 * @param name at most 100 bytes of UTF-8; @param mtime seconds since 1970
 * @throws Error when the name is longer
 */
export function tarFile(name: string, content: Uint8Array, mtime: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  if (Buffer.byteLength(name) > NAME_BYTES) throw new Error(`the name is too long for a tar archive: ${name}`)
  const octal = (value: number, digits: number) => `${Math.floor(value).toString(8).padStart(digits, '0')}\0`
  header.write(name, 0)
  header.write(octal(0o644, 7), 100)
  header.write(octal(0, 7), 108) // uid
  header.write(octal(0, 7), 116) // gid
  header.write(octal(content.length, 11), 124)
  header.write(octal(mtime, 11), 136)
  header.write('        ', 148) // the checksum counts as spaces while it is made
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  header.write('root', 265)
  header.write('root', 297)
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  )
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)
  return Buffer.concat([header, content, padding])
}

/** Two empty blocks end an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK)
