import { hash } from 'node:crypto'
import { Unreadable } from './bytes.ts'
import { DIRECTORY_OFFSET, MAX_DIRECTORY, PAGE } from './layout.ts'

const MAGIC = 'eims installation medium'
const VERSION = 1
/** The page's digest stands in its last bytes. */
const DIGEST_AT = PAGE - 32

/** What the first page of the partition says. */
export interface Superblock {
  /** bytes of the directory, and their SHA-256 (hexadecimal) */
  directory: { length: number; sha256: string }
  /** bytes of the whole partition */
  length: number
}

/** PURE: the page.  magic 32 | version 4 | directory length 8, digest 32 | length 8 | zeros | digest 32; little-endian */
export function encodeSuperblock({ directory, length }: Superblock): Buffer {
  const page = Buffer.alloc(PAGE)
  page.write(MAGIC, 0, 'latin1')
  page.writeUInt32LE(VERSION, 32)
  page.writeBigUInt64LE(BigInt(directory.length), 40)
  page.write(directory.sha256, 48, 'hex')
  page.writeBigUInt64LE(BigInt(length), 80)
  page.write(digestOf(page), DIGEST_AT, 'hex')
  return page
}

/**
 * PURE: the page as it says itself; `id` names the medium.
 * @returns null when it is none of ours
 * @throws Unreadable when it is damaged, of a later version, or says what cannot be
 */
export function decodeSuperblock(page: Buffer): (Superblock & { id: string }) | null {
  if (page.toString('latin1', 0, MAGIC.length) !== MAGIC) return null
  const id = digestOf(page)
  if (page.toString('hex', DIGEST_AT) !== id) throw new Unreadable('its first page is damaged')
  const version = page.readUInt32LE(32)
  if (version !== VERSION) throw new Unreadable(`it is of version ${version}, this program reads version ${VERSION}`)
  const directory = { length: Number(page.readBigUInt64LE(40)), sha256: page.toString('hex', 48, 80) }
  const length = Number(page.readBigUInt64LE(80))
  if (directory.length > MAX_DIRECTORY) throw new Unreadable(`its directory would have ${directory.length} bytes`)
  if (!Number.isSafeInteger(length) || length < DIRECTORY_OFFSET + directory.length)
    throw new Unreadable(`it would have ${length} bytes, and its directory ends behind them`)
  return { directory, length, id }
}

const digestOf = (page: Buffer): string => hash('sha256', page.subarray(0, DIGEST_AT))
