import { ProblemError } from '@eims/contracts'

/*
 * POSIX ustar (IEEE Std 1003.1, pax): 512-byte headers, contents padded to 512, two empty blocks at the end.
 *
 *   0 name[100]  100 mode[8]  108 uid[8]  116 gid[8]  124 size[12]  136 mtime[12]  148 checksum[8]  156 type  257 "ustar\0" "00"
 *
 * Only plain files with short names: what a backup is made of, and what GNU tar lists.
 */

const BLOCK = 512
/** An image's manifest of a million frames is the largest entry that a backup can have. */
const MOST_BYTES = 512 * 1024 * 1024

export interface Entry {
  name: string
  bytes: Buffer
}

/** One file of an archive with its header. @param mtime seconds since 1970 */
export function tarEntry(name: string, bytes: Uint8Array, mtime: number): Buffer {
  const header = Buffer.alloc(BLOCK)
  if (Buffer.byteLength(name) > 100) throw new Error(`"${name}" is too long a name for a tar entry`)
  header.write(name, 0)
  const octal = (value: number, at: number, digits: number) => header.write(value.toString(8).padStart(digits, '0'), at)
  octal(0o600, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(bytes.length, 124, 11)
  octal(mtime, 136, 11)
  header.write('0', 156)
  header.write('ustar\x0000', 257, 'latin1')
  octal(checksum(header), 148, 6)
  header[154] = 0
  header[155] = 0x20
  return Buffer.concat([header, bytes, Buffer.alloc(padding(bytes.length))])
}

/** What stands behind the last entry. */
export const tarEnd = Buffer.alloc(2 * BLOCK)

/** The files of an archive, one after the other; memory holds one. Throws ProblemError backup-unreadable. */
export async function* tarEntries(stream: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const read = reader(stream)
  for (;;) {
    const header = await read(BLOCK)
    if (header.every((byte) => byte === 0)) return
    if (numberAt(header, 148, 8) !== checksum(header) || header.toString('latin1', 257, 262) !== 'ustar')
      throw unreadable('it is no tar archive, or is damaged')
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    const size = numberAt(header, 124, 12)
    if (header[156] !== 0x30 || size > MOST_BYTES) throw unreadable(`its entry "${name}" is none of a backup`)
    const bytes = await read(size)
    await read(padding(size))
    yield { name, bytes }
  }
}

export const unreadable = (why: string) => new ProblemError('backup-unreadable', `the backup cannot be used: ${why}`)

const padding = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK

/** As if the field of the checksum itself were blanks. */
function checksum(header: Buffer): number {
  let sum = 8 * 0x20
  for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte
  return sum
}

function numberAt(header: Buffer, at: number, length: number): number {
  const text = header.toString('latin1', at, at + length).replace(/[\0 ].*$/s, '')
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

/** Reads exactly so many bytes. */
function reader(stream: AsyncIterable<Buffer>): (count: number) => Promise<Buffer> {
  const source = stream[Symbol.asyncIterator]()
  let pieces: Buffer[] = []
  let held = 0
  return async (count) => {
    while (held < count) {
      const { done, value } = await source.next()
      if (done) throw unreadable('it ends in the middle; the file was cut off')
      pieces.push(value)
      held += value.length
    }
    const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, held)
    pieces = [all.subarray(count)]
    held -= count
    return all.subarray(0, count)
  }
}
