import { setImmediate } from 'node:timers/promises'
import type { ReadAt } from './table.ts'

/** Bytes that are read at once: a multiple of every size of a block, and nothing that keeps the service from others. */
const PIECE = 256 * 1024
/** of one file system, so that trees that lead in circles end */
const MOST_READS = 100_000
/** of one folder, in bytes; and names that are listed of it */
const MOST_FOLDER = 16 * 1024 * 1024
const MOST_NAMES = 10_000
const MOST_LINKS = 8
const MOST_PATH = 1024
/** depth of an extent tree (EXT4_MAX_EXTENT_DEPTH) */
const MOST_DEPTH = 5

/** The kernel's Documentation/filesystems/ext4: what a reader must know of; META_BG and compression are not among it. */
const KNOWN_FEATURES = 0x2 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000
const HAS_64BIT = 0x80
const USES_EXTENTS = 0x80000
const HOLDS_INLINE = 0x10000000
const ROOT = 2
/** blocks of the longest extent; one of more was not written, and is as good as a hole */
const LONGEST_EXTENT = 32_768

const kinds: Record<number, Found['kind']> = { 16384: 'directory', 32768: 'regular', 40960: 'link' }

/** A file or folder. */
export interface Found {
  kind: 'regular' | 'directory' | 'link' | 'other'
  size: number
  usesExtents: boolean
  /** where its blocks are; of a short link the path that it leads to */
  map: Buffer
}

/** Bytes of the file system that belong to a file; holes are none. */
interface Stretch {
  start: number
  length: number
}

/** An ext2, ext3 or ext4 file system, read where it lies. Its journal is not looked at. */
export interface Ext4 {
  /** All links followed inside of the file system; null: there is nothing, or a link that leads nowhere. */
  find(path: string): Promise<Found | null>
  /** Names in a folder, without those that hold control characters. */
  list(folder: Found): Promise<string[]>
  /** What a file holds, in pieces, without its holes; the last block of one with holes is whole. */
  bytes(file: Found): AsyncGenerator<Buffer, void>
}

/**
 * Whoever made the image may have made it to harm whoever reads it: each number in it is taken for a guess, a place
 * outside of the file system is an error, and what has no end is ended by `signal`.
 * @param read bytes of the file system
 * @throws Error for what is damaged, or has features that are not known here; the reason of `signal`
 */
export async function openExt4(read: ReadAt, signal: AbortSignal): Promise<Ext4> {
  let reads = 0
  async function at(offset: number, length: number): Promise<Buffer> {
    signal.throwIfAborted()
    if (++reads > MOST_READS) throw new Error('the file system leads in circles')
    // what is in memory already comes at once, and machines that boot wait for nobody
    if (reads % 64 === 0) await setImmediate()
    const bytes = await read(offset, length)
    if (bytes.length < length) throw new Error(`the file system points behind its end, to ${offset}`)
    return bytes
  }
  const head = await at(1024, 1024)
  const features = head.readUInt32LE(0x60)
  const blockSize = 1024 * 2 ** head.readUInt32LE(0x18)
  const inodesPerGroup = head.readUInt32LE(0x28)
  const inodeSize = head.readUInt32LE(0x4c) === 0 ? 128 : head.readUInt16LE(0x58)
  const is64 = (features & HAS_64BIT) !== 0
  const descriptorSize = is64 ? head.readUInt16LE(0xfe) : 32
  const descriptors = (head.readUInt32LE(0x14) + 1) * blockSize
  const isSound = inodesPerGroup > 0 && inodeSize >= 128 && inodeSize <= blockSize && descriptorSize >= (is64 ? 64 : 32)
  if (blockSize > 65_536 || !isSound || (features & ~KNOWN_FEATURES) !== 0)
    throw new Error('the file system is damaged or has features that are not known')

  async function inode(number: number): Promise<Found> {
    const group = Math.floor((number - 1) / inodesPerGroup)
    const descriptor = await at(descriptors + group * descriptorSize, descriptorSize)
    const table = descriptor.readUInt32LE(8) + (is64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0)
    const bytes = await at(table * blockSize + ((number - 1) % inodesPerGroup) * inodeSize, 128)
    const flags = bytes.readUInt32LE(0x20)
    if ((flags & HOLDS_INLINE) !== 0) throw new Error('what stands in an inode is not read')
    const kind = kinds[bytes.readUInt16LE(0) & 0xf000] ?? 'other'
    return {
      kind,
      size: bytes.readUInt32LE(4) + (kind === 'regular' ? bytes.readUInt32LE(0x6c) * 2 ** 32 : 0),
      usesExtents: (flags & USES_EXTENTS) !== 0,
      map: bytes.subarray(0x28, 0x64),
    }
  }

  /** Extents of a node of the tree, and of those below it. */
  async function* extents(node: Buffer, depth = MOST_DEPTH): AsyncGenerator<Stretch, void> {
    const count = Math.min(node.readUInt16LE(2), Math.floor(node.length / 12) - 1)
    const level = node.readUInt16LE(6)
    if (node.readUInt16LE(0) !== 0xf30a || level > depth) throw new Error('an extent tree is damaged')
    for (let entry = 12; entry <= count * 12; entry += 12) {
      if (level > 0) {
        const block = node.readUInt32LE(entry + 4) + node.readUInt16LE(entry + 8) * 2 ** 32
        yield* extents(await at(block * blockSize, blockSize), level - 1)
        continue
      }
      const blocks = node.readUInt16LE(entry + 4)
      const block = node.readUInt32LE(entry + 8) + node.readUInt16LE(entry + 6) * 2 ** 32
      if (blocks <= LONGEST_EXTENT) yield { start: block * blockSize, length: blocks * blockSize }
    }
  }

  /** Blocks that a list of ext2 names: themselves, or by lists of lists. */
  async function* blocks(list: Buffer, level = 0): AsyncGenerator<Stretch, void> {
    for (let entry = 0; entry < list.length; entry += 4) {
      const start = list.readUInt32LE(entry) * blockSize
      if (start === 0) continue
      if (level === 0) yield { start, length: blockSize }
      else yield* blocks(await at(start, blockSize), level - 1)
    }
  }

  async function* stretches({ map, usesExtents }: Found): AsyncGenerator<Stretch, void> {
    if (usesExtents) return yield* extents(map)
    yield* blocks(map.subarray(0, 48))
    for (const level of [1, 2, 3]) yield* blocks(map.subarray(44 + level * 4, 48 + level * 4), level)
  }

  /** Neighbours are read at once. */
  async function* bytes(file: Found): AsyncGenerator<Buffer, void> {
    let left = file.size
    let waiting = { start: 0, length: 0 }
    async function* readWaiting() {
      for (let from = 0; from < waiting.length && left > 0; from += PIECE) {
        const piece = await at(waiting.start + from, Math.min(PIECE, waiting.length - from, left))
        left -= piece.length
        yield piece
      }
    }
    for await (const { start, length } of stretches(file)) {
      if (waiting.length >= left) break
      if (start === waiting.start + waiting.length) {
        waiting.length += length
        continue
      }
      yield* readWaiting()
      waiting = { start, length }
    }
    yield* readWaiting()
  }

  /** Names are in Latin-1, so that none is damaged. */
  async function* entries(folder: Found): AsyncGenerator<{ name: string; number: number }, void> {
    let length = 0
    for await (const piece of bytes(folder)) {
      // a folder's entries never cross a block, and pieces are whole blocks
      for (let entry = 0; entry + 8 <= piece.length; ) {
        const [number, next] = [piece.readUInt32LE(entry), piece.readUInt16LE(entry + 4)]
        const name = piece.toString('latin1', entry + 8, entry + 8 + piece.readUInt8(entry + 6))
        if (number !== 0) yield { name, number }
        // a block of 64 KiB does not fit into its 16 bits
        const length = next === 0 || next === 65_535 ? 65_536 : next
        if (length < 8 || length % 4 !== 0) throw new Error('a folder is damaged')
        entry += length
      }
      length += piece.length
      if (length >= MOST_FOLDER) return
    }
  }

  async function entry(folder: Found, wanted: string): Promise<number | null> {
    for await (const { name, number } of entries(folder)) if (name === wanted) return number
    return null
  }

  async function target({ map, size, ...link }: Found): Promise<string> {
    if (size < map.length) return map.toString('latin1', 0, size)
    let text = ''
    for await (const piece of bytes({ map, size: Math.min(size, MOST_PATH + 1), ...link }))
      text += piece.toString('latin1')
    return text
  }

  async function walk(path: string, from: Found, links: { followed: number }): Promise<Found | null> {
    if (path.length > MOST_PATH) return null
    let here = path.startsWith('/') ? await inode(ROOT) : from
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue
      const number = here.kind === 'directory' ? await entry(here, name) : null
      if (number === null) return null
      const next = await inode(number)
      if (next.kind === 'link' && ++links.followed > MOST_LINKS) return null
      const led = next.kind === 'link' ? await walk(await target(next), here, links) : next
      if (!led) return null
      here = led
    }
    return here
  }

  return {
    find: async (path) => walk(path, await inode(ROOT), { followed: 0 }),
    async list(folder) {
      const names: string[] = []
      for await (const { name } of entries(folder)) {
        const text = Buffer.from(name, 'latin1').toString('utf8')
        if (/^[^/\p{Cc}]+$/u.test(text) && text !== '.' && text !== '..') names.push(text)
        if (names.length >= MOST_NAMES) break
      }
      return names
    },
    bytes,
  }
}
