import { createHash } from 'node:crypto'
import { readGptEntries, readGptHeader } from '@eims/contracts'
import { type Readable, Unreadable } from './bytes.ts'
import { decodeCustomization } from './customization.ts'
import { type Directory, decodeDirectory, type Place, placesOf } from './directory.ts'
import { DIRECTORY_OFFSET, MEDIUM_TYPE, MIB, REPORTS, RESERVED, SECTOR, SUPERBLOCK } from './layout.ts'
import { decodeSuperblock } from './superblock.ts'

/** A medium that was opened: its superblock and directory are whole. */
export interface Medium {
  /** SHA-256 that names it: of all that it brings, but for the two areas */
  id: string
  /** where its partition begins, and its length; bytes */
  base: number
  length: number
  /** of the whole medium as it was made, whatever stick it was written to; bytes */
  size: number
  directory: Directory
  /** by digest; bytes from the partition's start */
  places: ReadonlyMap<string, Place>
}

/** Entries of a GPT that are looked at: as many as any tool makes. */
const ENTRIES = 128

/**
 * Where a medium's partition begins on a disk, a disc or in a file. The GPT is made for sectors of 512 bytes, wherever it lies:
 * an optical drive's are larger, and only its bytes count.
 * @returns null when there is no such partition; `size`: bytes of the medium as it was made
 */
export async function findPartition(source: Readable): Promise<{ base: number; length: number; size: number } | null> {
  const first = await source.read(SECTOR, SECTOR)
  const header = readGptHeader(first)
  if (!header || header.entryCount > ENTRIES * 2 || header.entrySize < 128 || header.entrySize > 512) return null
  const at = header.entriesLba * SECTOR
  if (!Number.isSafeInteger(at) || at > MIB) return null
  const entries = await source.read(at, header.entryCount * header.entrySize)
  const found = readGptEntries(entries, header.entrySize).find(({ type }) => type === MEDIUM_TYPE)
  if (!found || found.last < found.first) return null
  const end = (found.last + 1) * SECTOR
  // UEFI specification 2.10, table 5.5, AlternateLBA: the table's other header is its disk's last sector
  const size = (Number(first.readBigUInt64LE(32)) + 1) * SECTOR
  const isSane = Number.isSafeInteger(size) && size >= end
  return { base: found.first * SECTOR, length: end - found.first * SECTOR, size: isSane ? size : end }
}

/**
 * Opens the medium on a disk, a disc or in a file.
 * @returns null when there is none
 * @throws Unreadable when it is damaged where it is opened; what reading throws
 */
export async function openMedium(source: Readable): Promise<Medium | null> {
  const partition = await findPartition(source)
  if (!partition) return null
  const { base, size } = partition
  const superblock = decodeSuperblock(await source.read(base + SUPERBLOCK.offset, SUPERBLOCK.length))
  if (!superblock) return null
  const { length, id } = superblock
  if (length > partition.length) throw new Unreadable(`it has ${partition.length} bytes of ${length}`)
  const bytes = await source.read(base + DIRECTORY_OFFSET, superblock.directory.length)
  const directory = decodeDirectory(bytes, superblock.directory.sha256)
  const { places, end } = placesOf(directory.blobs, superblock.directory.length)
  if (end > length) throw new Unreadable('its blobs end behind it')
  if (directory.boot.length !== base) throw new Unreadable('its partition is not where it was made')
  return { id, base, length, size, directory, places }
}

/** What `customize` wrote. @throws Unreadable when that is damaged */
export async function readCustomization(source: Readable, { base }: Pick<Medium, 'base'>) {
  return decodeCustomization(await source.read(base + RESERVED.offset, RESERVED.length))
}

/** The area of reports as it stands there. */
export const readReports = (source: Readable, { base }: Pick<Medium, 'base'>): Promise<Buffer> =>
  source.read(base + REPORTS.offset, REPORTS.length)

/** A piece of a medium that is checked by itself. */
interface Piece {
  /** for a person: `its boot files`, `its piece 1a2b…` */
  name: string
  offset: number
  length: number
  sha256: string
}

/**
 * PURE: what has to be whole so that a machine gets what it is to get.
 * @param digests blobs that count; left out: all
 */
export function piecesOf({ base, directory, places }: Medium, digests?: Iterable<string>): Piece[] {
  const blobs = [...(digests ?? places.keys())].map((digest): Piece => {
    const place = places.get(digest)
    if (!place) throw new Unreadable(`it lacks its piece ${digest}`)
    return { name: `its piece ${digest}`, offset: base + place.offset, length: place.length, sha256: digest }
  })
  return [{ name: 'its boot files', offset: 0, length: base, sha256: directory.boot.sha256 }, ...blobs]
}

/**
 * Reads pieces from one end to the other.
 * @param onBytes told the bytes that were read since it was last told
 * @throws Unreadable with the first that is not as it was made
 */
export async function checkPieces(
  source: Readable,
  pieces: readonly Piece[],
  onBytes: (count: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { name, offset, length, sha256 } of pieces) {
    const sum = createHash('sha256')
    for (let done = 0; done < length; ) {
      signal.throwIfAborted()
      const part = await source.read(offset + done, Math.min(4 * MIB, length - done))
      sum.update(part)
      done += part.length
      onBytes(part.length)
    }
    if (sum.digest('hex') !== sha256) throw new Unreadable(`${name}: damaged at byte ${offset} or behind it`)
  }
}

/**
 * SHA-256 of a whole medium as it was made, whatever was written to its two areas since. Hexadecimal.
 * @param size bytes of the file, or of the stick as far as it was written
 */
export async function pristineHash(
  source: Readable,
  { base }: Pick<Medium, 'base'>,
  size: number,
  onBytes: (count: number) => void = () => {},
): Promise<string> {
  const sum = createHash('sha256')
  const areas = [RESERVED, REPORTS].map(({ offset, length }) => ({ start: base + offset, end: base + offset + length }))
  for (let at = 0; at < size; ) {
    const length = Math.min(4 * MIB, size - at)
    const part = Buffer.from(await source.read(at, length))
    for (const { start, end } of areas)
      if (start < at + length && end > at) part.fill(0, Math.max(0, start - at), Math.min(length, end - at))
    sum.update(part)
    at += length
    onBytes(length)
  }
  return sum.digest('hex')
}
