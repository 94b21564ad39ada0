import { hash } from 'node:crypto'
import { Architecture, ImageFacts, Name, ProfileInput, Sha256 } from '@eims/contracts'
import { z } from 'zod'
import { Unreadable } from './bytes.ts'
import { DIRECTORY_OFFSET, MAX_DIRECTORY, SECTOR, upTo } from './layout.ts'

/** The largest piece: a manifest of a million frames is below this. */
const MAX_BLOB = 320 * 1024 * 1024

/** An image whose manifest and frames are among the blobs. */
const MediumImage = z.strictObject({
  name: Name,
  manifestSha256: Sha256,
  rawSize: z.number().int().positive(),
  frameCount: z.number().int().nonnegative(),
  facts: ImageFacts.nullable(),
  k3sVersion: z.string().max(256).nullable(),
})
export type MediumImage = z.infer<typeof MediumImage>

/** What a machine gets: a profile with all that it names. */
const MediumProfile = z.strictObject({
  profile: ProfileInput,
  image: MediumImage,
  addons: z
    .array(z.strictObject({ name: Name, image: MediumImage.pick({ manifestSha256: true, rawSize: true }) }))
    .max(64),
})
export type MediumProfile = z.infer<typeof MediumProfile>

const Directory = z.strictObject({
  format: z.literal(1),
  /** by which the Micro-OS on it knows the medium that it came from */
  seal: Sha256,
  architecture: Architecture,
  /** all bytes in front of the partition: loaders, kernel, Micro-OS */
  boot: z.strictObject({ length: z.number().int().nonnegative(), sha256: Sha256 }),
  /** the first one is for machines that no list names */
  profiles: z.array(MediumProfile).min(1).max(64),
  /** by their SHA-256, in the order in which they lie; bytes each */
  blobs: z.array(z.tuple([Sha256, z.number().int().positive().max(MAX_BLOB)])).max(400_000),
})
export type Directory = z.infer<typeof Directory>

/** Where a blob lies; bytes from the partition's start. */
export interface Place {
  offset: number
  length: number
}

/**
 * PURE: the JSON's bytes, spaces behind them up to `length`.
 * @throws RangeError when it would be too large to be read again, or is longer than that
 */
export function encodeDirectory(directory: Directory, length = 0): Buffer {
  const json = Buffer.from(JSON.stringify(Directory.parse(directory)))
  const size = Math.max(json.length, length)
  if (size > MAX_DIRECTORY || (length > 0 && json.length > length))
    throw new RangeError(`a directory of ${json.length} bytes is too large`)
  return Buffer.concat([json, Buffer.alloc(size - json.length, ' ')])
}

/**
 * PURE: a directory whose digest is the superblock's.
 * @throws Unreadable when the bytes are damaged, or say what cannot be
 */
export function decodeDirectory(bytes: Buffer, sha256: string): Directory {
  if (hash('sha256', bytes) !== sha256) throw new Unreadable('its directory is damaged')
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Unreadable('its directory is no JSON')
  }
  const parsed = Directory.safeParse(json)
  if (parsed.success) {
    // of the text as it stands there: a later program may read more into it than the one that wrote it
    if (sealOf(json as Directory) !== parsed.data.seal) throw new Unreadable('its seal is not that of what it brings')
    return parsed.data
  }
  const [issue] = parsed.error.issues
  throw new Unreadable(`its directory cannot be read: ${issue?.path.join('.')} ${issue?.message}`)
}

/** PURE: where the blobs lie behind a directory of so many bytes, and where the last one ends. */
export function placesOf(
  blobs: Directory['blobs'],
  directoryLength: number,
): { places: Map<string, Place>; end: number } {
  const places = new Map<string, Place>()
  let end = upTo(DIRECTORY_OFFSET + directoryLength, SECTOR)
  for (const [digest, length] of blobs) {
    places.set(digest, { offset: end, length })
    end = upTo(end + length, SECTOR)
  }
  return { places, end }
}

export const Contents = Directory.pick({ architecture: true, profiles: true, blobs: true })
/** What a medium brings. */
export type Contents = z.infer<typeof Contents>

/**
 * PURE: the seal of what a medium brings, known before its boot files are made, as they hold it.
 * @param contents as they are written to a directory
 */
export const sealOf = (contents: Contents): string =>
  hash('sha256', JSON.stringify([contents.architecture, contents.profiles, contents.blobs]))
