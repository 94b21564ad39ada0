/** 1 January 1980, the first day that FAT knows: the same files give the same bytes. */
const DAY_ONE = 0x21
const CHARACTERS_PER_ENTRY = 13
/** where the 13 UTF-16 characters of a long-name entry stand */
const places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]

/**
 * The directory entries of one file in the root: its long name (FAT specification, "Long Directory Entries"),
 * last piece first, and the 8.3 entry that old readers see.
 * @param nth makes the 8.3 name unique (`META-D~1`); 1 to 9
 */
export function directoryEntries(name: string, nth: number, cluster: number, size: number): Buffer {
  const short = Buffer.from(
    `${name
      .replace(/[^A-Za-z0-9-]/g, '')
      .slice(0, 6)
      .toUpperCase()}~${nth}`.padEnd(11),
    'latin1',
  )
  const pieces = Math.ceil(name.length / CHARACTERS_PER_ENTRY)
  const long = Array.from({ length: pieces }, (_, index) =>
    longEntry(name, pieces - index, index === 0, checksum(short)),
  )
  const entry = Buffer.alloc(32)
  short.copy(entry)
  entry[11] = 0x20 // archive
  for (const at of [16, 18, 24]) entry.writeUInt16LE(DAY_ONE, at)
  entry.writeUInt16LE(cluster, 26)
  entry.writeUInt32LE(size, 28)
  return Buffer.concat([...long, entry])
}

function longEntry(name: string, order: number, last: boolean, sum: number): Buffer {
  const entry = Buffer.alloc(32)
  entry[0] = order | (last ? 0x40 : 0)
  entry[11] = 0x0f
  entry[13] = sum
  const text = `${name}\0`.slice((order - 1) * CHARACTERS_PER_ENTRY, order * CHARACTERS_PER_ENTRY)
  for (const [index, at] of places.entries())
    entry.writeUInt16LE(index < text.length ? text.charCodeAt(index) : 0xffff, at)
  return entry
}

function checksum(short: Buffer): number {
  return short.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0)
}
