import { Failure } from '../failure.ts'

const BLOCK = 512
/** Bytes of names and of other facts that stand in front of an entry; nobody's archive has as many. */
const MOST_FACTS = 1024 * 1024

export type TarKind = 'file' | 'link' | 'symlink' | 'character-device' | 'block-device' | 'folder' | 'fifo'

export interface TarEntry {
  kind: TarKind
  /** as it stands in the archive */
  path: string
  /** of a link */
  target: string
  mode: number
  uid: number
  gid: number
  /** seconds since 1970 */
  mtime: number
  /** bytes of a file */
  size: number
  major: number
  minor: number
  /** extended attributes that it has */
  attributes: number
  /** of a file: to be read to its end before the next entry is asked for */
  contents: AsyncIterable<Buffer>
}

const kinds: Record<string, TarKind> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'folder',
  '6': 'fifo',
}

/**
 * The entries of a tar archive as they come: POSIX ustar and pax (IEEE Std 1003.1, pax), GNU's long names and numbers.
 * Without the zeros at its end it ends behind an entry, as GNU tar takes it.
 * @throws Failure archive-unreadable when it is damaged, cut inside of an entry, or sparse
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = reader(source)
  let all: Record<string, string> = {}
  let own: Record<string, string> = {}
  let entries = 0
  for (;;) {
    if (entries > 0 && Object.keys(own).length === 0 && (await bytes.ended())) return
    const header = await bytes.exactly(BLOCK)
    if (header.every((byte) => byte === 0)) return
    if (number(header, 148, 8) !== checksum(header)) throw broken('the checksum of a header is wrong')
    const type = header.toString('latin1', 156, 157)
    const size = number(header, 124, 12)
    if ('xgLK'.includes(type)) {
      if (size > MOST_FACTS) throw broken(`an entry has names of ${size} bytes`)
      const facts = await bytes.exactly(size)
      await bytes.skip(padding(size))
      if (type === 'g') all = { ...all, ...pax(facts) }
      else if (type === 'x') own = { ...own, ...pax(facts) }
      else own[type === 'L' ? 'path' : 'linkpath'] = text(facts, 0, facts.length)
      continue
    }
    const facts = { ...all, ...own }
    own = {}
    entries += 1
    if (type === 'S' || Object.keys(facts).some((key) => key.startsWith('GNU.sparse.')))
      throw broken('it holds sparse files; pack it without --sparse')
    const kind = kinds[type]
    const length = facts.size === undefined ? size : whole(facts.size)
    if (!kind) {
      await bytes.skip(length + padding(length))
      continue
    }
    const contents = bytes.part(kind === 'file' ? length : 0)
    yield {
      kind,
      path: facts.path ?? ustarName(header),
      target: facts.linkpath ?? text(header, 157, 100),
      mode: number(header, 100, 8) & 0o7777,
      uid: facts.uid === undefined ? number(header, 108, 8) : whole(facts.uid),
      gid: facts.gid === undefined ? number(header, 116, 8) : whole(facts.gid),
      mtime: facts.mtime === undefined ? mtimeOf(header) : Number(facts.mtime) || 0,
      size: length,
      major: number(header, 329, 8),
      minor: number(header, 337, 8),
      attributes: Object.keys(facts).filter((key) => key.startsWith('SCHILY.xattr.')).length,
      contents,
    }
    for await (const _ of contents);
    await bytes.skip(kind === 'file' ? padding(length) : 0)
  }
}

const broken = (words: string) => new Failure({ code: 'archive-unreadable', slots: { text: words } })
const padding = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK
const checksum = (header: Buffer) => header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)

function text(bytes: Buffer, at: number, length: number): string {
  const field = bytes.subarray(at, at + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? field.length : end)
}

/** GNU's headers have times where POSIX has the first part of a name. */
function ustarName(header: Buffer): string {
  const name = text(header, 0, 100)
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header, 345, 155) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Octal digits, or GNU's: the first bit set, and the bytes of the number behind it. */
function number(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length)
  if ((field[0]! & 0x80) === 0) {
    const digits = field.toString('latin1').replace(/[\0 ]/g, '')
    if (!/^[0-7]*$/.test(digits)) throw broken('a header has a number that is none')
    return digits === '' ? 0 : Number.parseInt(digits, 8)
  }
  return whole(field.subarray(1).reduce((sum, byte) => sum * 256 + byte, field[0]! & 0x7f))
}

/** Before 1970 GNU's is negative, in two's complement. */
const mtimeOf = (header: Buffer): number =>
  header[136] === 0xff ? Number(header.readBigInt64BE(140)) : number(header, 136, 12)

function whole(value: string | number): number {
  const counted = Number(value)
  if (!Number.isSafeInteger(counted) || counted < 0) throw broken('a header has a number that is none')
  return counted
}

/** Records of `length key=value\n`, the length counting all of it. */
function pax(facts: Buffer): Record<string, string> {
  const found: Record<string, string> = {}
  for (let at = 0; at < facts.length; ) {
    const space = facts.indexOf(0x20, at)
    const length = Number(facts.toString('latin1', at, space))
    const record = facts.subarray(space + 1, at + length - 1)
    const equals = record.indexOf(0x3d)
    if (space < 0 || !Number.isSafeInteger(length) || length < 5 || at + length > facts.length || equals < 1)
      throw broken('an extended header is damaged')
    found[record.toString('utf8', 0, equals)] = record.toString('utf8', equals + 1)
    at += length
  }
  return found
}

/** Bytes of a stream by how many are wanted. */
function reader(source: AsyncIterable<Buffer>) {
  const pieces = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  async function ended(): Promise<boolean> {
    while (held.length === 0) {
      const next = await pieces.next()
      if (next.done) return true
      held = next.value
    }
    return false
  }
  /** up to so many bytes, at least one */
  async function some(most: number): Promise<Buffer> {
    if (await ended()) throw broken('it ends in the middle of an entry')
    const bytes = held.subarray(0, most)
    held = held.subarray(bytes.length)
    return bytes
  }
  async function* part(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const bytes = await some(left)
      left -= bytes.length
      yield bytes
    }
  }
  return {
    part,
    ended,
    async exactly(length: number): Promise<Buffer> {
      const parts: Buffer[] = []
      for await (const bytes of part(length)) parts.push(bytes)
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    },
    async skip(length: number): Promise<void> {
      for await (const _ of part(length));
    },
  }
}
