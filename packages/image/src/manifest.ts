import { createHash } from 'node:crypto'
import { type Architecture, type ImageFormat, type ImageKind, ImageManifest, ProblemError } from '@eims/contracts'
import { checkDisk, checkDiskSize, HEAD_BYTES } from './disk.ts'
import { isArchive, refuseForeign, TAIL_BYTES } from './foreign.ts'
import type { Packing } from './format.ts'
import { compressFrame, cut, type Hole, inOrder, isZero } from './frames.ts'
import { type Space, STRIDE } from './space.ts'
import type { FrameStore } from './store.ts'

/** as many as a manifest's schema takes */
const MAX_PIECES = 1_000_000
/** 4 MiB raw and up to as much compressed each: some are compressed while others wait for the disk */
const IN_FLIGHT = 6

interface StoreDiskOptions {
  /** of the file that the disk came out of */
  packing: Packing
  /** what a person says that it is */
  declared?: ImageFormat | undefined
  architecture: Architecture
  store: FrameStore
  maxRawSize: number
  space: Space
  signal?: AbortSignal | undefined
  /** called after every frame, stored or zero */
  onFrame: () => void
}

interface Piece {
  offset: number
  raw: Buffer
}

/**
 * Stores the frames of a disk, or of a tar archive, and gives its manifest, which is not stored. Frames of nothing but zeros
 * become runs.
 *
 * @param bytes the raw disk in pieces of any size
 * @throws ProblemError `image-unreadable` for what is no whole disk or archive, or larger than allowed; `image-mismatch` for
 *   what is not the one that was declared; `disk-full`
 */
export async function storeDisk(
  bytes: AsyncIterable<Buffer | Hole>,
  options: StoreDiskOptions,
): Promise<{ manifest: ImageManifest; kind: ImageKind }> {
  const { store, packing, declared, architecture, maxRawSize, space, signal, onFrame } = options
  const frames: ImageManifest['frames'] = []
  const zeros: ImageManifest['zeros'] = []
  const rawHash = createHash('sha256')
  let rawSize = 0
  let partitionsEnd = 0
  let kind = 'disk' as ImageKind
  let tail: Buffer = Buffer.alloc(0)

  const pieces = async function* (): AsyncGenerator<Piece, void> {
    for await (const raw of cut(bytes, IN_FLIGHT)) {
      signal?.throwIfAborted()
      if (rawSize === 0) {
        const head = raw.subarray(0, HEAD_BYTES)
        kind = kindOf(head, packing, declared)
        if (kind === 'disk') partitionsEnd = checkDisk(head, packing)
      }
      if (rawSize + raw.length > maxRawSize) throw tooLarge(maxRawSize)
      if (rawSize % STRIDE === 0) await space.require(store.directory, STRIDE, 'the next part of the image')
      rawHash.update(raw)
      const offset = rawSize
      rawSize += raw.length
      tail = Buffer.from(raw.subarray(-TAIL_BYTES))
      yield { offset, raw }
    }
  }

  for await (const { offset, length, stored } of inOrder(pieces(), IN_FLIGHT, (piece) => storePiece(piece, store))) {
    const last = zeros.at(-1)
    if (stored) frames.push({ offset, length, ...stored })
    else if (last && last.offset + last.length === offset) last.length += length
    else zeros.push({ offset, length })
    if (frames.length > MAX_PIECES || zeros.length > MAX_PIECES)
      refuse(`the disk has more than ${MAX_PIECES} pieces of data`)
    onFrame()
  }
  if (rawSize === 0) refuse('there is nothing in the image')
  if (kind === 'archive') checkArchiveEnd(rawSize, tail)
  else {
    refuseForeign(packing, Buffer.alloc(0), tail)
    checkDiskSize(rawSize, partitionsEnd)
  }
  const rawSha256 = rawHash.digest('hex')
  const manifest = { version: 1, compression: 'zstd', architecture, rawSize, rawSha256, frames, zeros }
  return { manifest: ImageManifest.parse(manifest), kind }
}

function kindOf(head: Buffer, packing: Packing, declared: ImageFormat | undefined): ImageKind {
  const kind = packing !== 'qcow2' && isArchive(head, declared) ? 'archive' : 'disk'
  if (declared === undefined || (declared === 'archive' || declared === 'addons') === (kind === 'archive')) return kind
  const found = kind === 'archive' ? 'holds a tar archive' : 'holds none'
  throw new ProblemError('image-mismatch', `the image was announced as ${declared}, but the file ${found}`)
}

/** IEEE Std 1003.1, pax: an archive is made of blocks of 512 bytes, and ends with two of zeros. */
function checkArchiveEnd(rawSize: number, tail: Buffer): void {
  if (rawSize % tail.length !== 0 || tail.some((byte) => byte !== 0))
    refuse(`the tar archive has ${rawSize} bytes and does not end as one: it was cut off`)
}

async function storePiece({ offset, raw }: Piece, store: FrameStore) {
  if (isZero(raw)) return { offset, length: raw.length, stored: undefined }
  const rawSha256 = createHash('sha256').update(raw).digest('hex')
  const compressed = await compressFrame(raw)
  const sha256 = await store.put(compressed)
  return { offset, length: raw.length, stored: { size: compressed.length, sha256, rawSha256 } }
}

/** A disk of which nobody said how large it is. */
export const tooLarge = (limit: number) =>
  new ProblemError('image-unreadable', { code: 'image-disk-too-large', slots: { bytes: null, limit } })

function refuse(sentence: string): never {
  throw new ProblemError('image-unreadable', sentence)
}
