import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Architecture,
  archiveFacts,
  type ImageFacts,
  type ImageFormat,
  type ImageManifest,
  ProblemError,
  Sha256,
} from '@eims/contracts'
import { AddonSet } from './addon-set.ts'
import { decode } from './decode.ts'
import { checkDiskSize, HEAD_BYTES } from './disk.ts'
import { readFacts, storedDisk } from './facts.ts'
import { isArchive, refuseForeign, TAIL_BYTES } from './foreign.ts'
import { checkFormat } from './format.ts'
import { findK3s } from './k3s.ts'
import { storeDisk, tooLarge } from './manifest.ts'
import type { ProgramOf } from './program.ts'
import { hashFile, readHead, readTail, type SourceFile, spoolUpload } from './source.ts'
import type { Space } from './space.ts'
import type { FrameStore } from './store.ts'

export interface ConvertOptions {
  /** opens a file of this server, or is an upload */
  source: (() => Promise<SourceFile>) | AsyncIterable<Uint8Array>
  /** told by the first bytes when left out */
  format?: ImageFormat | undefined
  /** digest of the published file as its publisher gives it */
  sha256?: string | undefined
  architecture: Architecture
  store: FrameStore
  /** where uploads and raw forms wait; on the data disk, not in memory */
  tempDir: string
  /** bytes that will come, once the source has said so */
  announced?: () => number | null
  /** 0 to 1, called when a hundredth has been gained */
  onProgress?: (progress: number) => void
  signal?: AbortSignal | undefined
  /** where the programs are that unpack; left out: among those of the system */
  programOf?: ProgramOf | undefined
  /** largest disk in bytes; MOST_DISK_BYTES when left out */
  maxRawSize?: number
  space: Space
}

interface ConvertedImage {
  manifest: ImageManifest
  /** the manifest's JSON bytes are a blob under this digest */
  manifestSha256: string
  sourceSha256: string
  format: ImageFormat
  /** compressed bytes of all frames */
  storedSize: number
  facts: ImageFacts
}

/** An image is never larger than the smallest disk it is for; every byte of it is hashed, of its holes too. */
export const MOST_DISK_BYTES = 2 ** 40

/**
 * How far a conversion is (0 to 1) when the file has arrived, or is hashed: about the share of the time that this
 * takes.
 */
const FETCHED = 0.5
const HASHED = 0.1
/** of the rest, when a qcow2 is made raw */
const FLATTENED = 0.35

const PREFIX = 'image-'

/** of the system's words for a disk, or somebody's share of it, that is full */
const FULL = ['ENOSPC', 'EDQUOT']

/** Removes what conversions that were killed left in the folder for temporary files. For the start of the service. */
export async function clearTemp(tempDir: string): Promise<void> {
  await mkdir(tempDir, { recursive: true })
  for (const name of await readdir(tempDir))
    if (name.startsWith(PREFIX)) await rm(join(tempDir, name), { recursive: true, force: true })
}

/**
 * Turns a published image file into manifest and frames in the blob store.
 * On failure nothing names the frames stored so far: `sweep` removes them later.
 *
 * @throws ProblemError `invalid-input` (path), `image-mismatch` (digest, format), `image-unreadable`, `too-large`,
 *   `disk-full`; the reason of `signal`
 */
export async function convertImage(options: ConvertOptions): Promise<ConvertedImage> {
  const { source, tempDir, maxRawSize = MOST_DISK_BYTES, space, signal } = options
  await mkdir(tempDir, { recursive: true })
  const folder = await mkdtemp(join(tempDir, PREFIX))
  const report = hundredths(options.onProgress)
  const announced = () => options.announced?.() ?? null
  const onBytes = (bytes: number) => report((FETCHED * bytes) / (announced() ?? Number.POSITIVE_INFINITY))
  let opened: (SourceFile & { sha256?: string }) | undefined
  try {
    opened =
      typeof source === 'function'
        ? await source()
        : await spoolUpload(source, join(folder, 'upload'), {
            folder,
            maxBytes: maxRawSize,
            space,
            announced,
            signal,
            onBytes,
          })
    const head = await readHead(opened, HEAD_BYTES)
    if (!isArchive(head, options.format)) refuseForeign('raw', head, await readTail(opened, TAIL_BYTES))
    const packing = checkFormat(options.format, head)
    if (packing === 'raw' && opened.size > maxRawSize) throw tooLarge(maxRawSize)
    // A program reads what is packed, and whatever it may do with a wrong file: such a one is hashed first.
    const isHashed = opened.sha256 !== undefined || packing === 'raw'
    const hashed = isHashed ? opened.sha256 : await hashFile(opened, signal, (part) => report(HASHED * part))
    if (hashed !== undefined) checkDigest(options.sha256, hashed)
    const had = announced() === null ? (isHashed ? 0 : HASHED) : FETCHED
    const decoded = packing === 'qcow2' ? had + (1 - had) * FLATTENED : had
    const onProgress = (part: number) => report(had + (decoded - had) * part)
    const { bytes, fraction } = await decode(opened, packing, {
      tempDir: folder,
      maxRawSize,
      space,
      signal,
      programOf: options.programOf,
      onProgress,
    })
    const set = options.format === 'addons' ? new AddonSet() : null
    const { manifest, kind } = await storeDisk(set ? set.checked(bytes) : bytes, {
      packing,
      declared: options.format,
      architecture: options.architecture,
      store: options.store,
      maxRawSize,
      space,
      signal,
      onFrame: () => report(decoded + (1 - decoded) * fraction()),
    })
    const sourceSha256 = hashed ?? manifest.rawSha256
    checkDigest(options.sha256, sourceSha256)
    const isDisk = kind === 'disk'
    const { rawSize } = manifest
    const disk = storedDisk(manifest, options.store)
    const facts = isDisk
      ? await readFacts(disk, rawSize, signal)
      : { ...archiveFacts(rawSize), ...(set ? { addons: set.files } : {}) }
    if (facts.table === 'gpt') checkDiskSize(rawSize, facts.usedEnd)
    if (isDisk) facts.k3s = await findK3s(disk, rawSize, signal)
    await opened.assertUnchanged()
    const manifestSha256 = await options.store.put(Buffer.from(JSON.stringify(manifest)))
    const storedSize = manifest.frames.reduce((sum, { size }) => sum + size, 0)
    return {
      manifest,
      manifestSha256,
      sourceSha256,
      format: isDisk ? packing : set ? 'addons' : 'archive',
      storedSize,
      facts,
    }
  } catch (error) {
    // a file that is still being copied fails in many ways, and this is the cause of them all
    await opened?.assertUnchanged()
    if (!FULL.includes((error as NodeJS.ErrnoException | null)?.code ?? '')) throw error
    throw new ProblemError('disk-full', `the disk of ${tempDir} or ${options.store.directory} is full`)
  } finally {
    await opened?.file.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function checkDigest(published: string | undefined, found: string): void {
  if (published === undefined || Sha256.parse(published) === found) return
  throw new ProblemError('image-mismatch', `the file has the SHA-256 ${found}, its publisher gives ${published}`)
}

/** Passes on what has grown by a hundredth or more. */
function hundredths(onProgress: ((progress: number) => void) | undefined): (progress: number) => void {
  let said = 0
  return (progress) => {
    const now = Math.min(1, Math.floor(progress * 100) / 100)
    if (now <= said) return
    said = now
    onProgress?.(now)
  }
}
