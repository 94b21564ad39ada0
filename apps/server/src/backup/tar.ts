import { ProblemError, TAR_BLOCK, tarChecksum, tarPadding } from '@eims/contracts'

/** An image's manifest of a million frames is the largest entry that a backup can have. */
const MOST_BYTES = 512 * 1024 * 1024

export interface Entry {
  name: string
  bytes: Buffer
}

/** The files of an archive, one after the other; memory holds one. Throws ProblemError backup-unreadable. */
export async function* tarEntries(stream: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  const read = reader(stream)
  for (;;) {
    const header = await read(TAR_BLOCK)
    if (header.every((byte) => byte === 0)) return
    if (numberAt(header, 148, 8) !== tarChecksum(header) || header.toString('latin1', 257, 262) !== 'ustar')
      throw unreadable('it is no tar archive, or is damaged')
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    const size = numberAt(header, 124, 12)
    if (header[156] !== 0x30 || size > MOST_BYTES) throw unreadable(`its entry "${name}" is none of a backup`)
    const bytes = await read(size)
    await read(tarPadding(size))
    yield { name, bytes }
  }
}

export const unreadable = (why: string) => new ProblemError('backup-unreadable', `the backup cannot be used: ${why}`)

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
