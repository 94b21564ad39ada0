import { hash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { FRAME_BYTES, type ImageFacts, type ImageManifest } from '@eims/contracts'
import { architecture } from '../../src/hardware/survey.ts'
import { ChunkMissing, type ChunkSource } from '../../src/sources.ts'

export const sha256 = (bytes: Buffer): string => hash('sha256', bytes)

export interface FakeImage {
  manifest: ImageManifest
  manifestSha256: string
  raw: Buffer
  chunks: Map<string, Buffer>
}

/** Raw bytes in the agents' form: frames of 4 MiB, those that are all zeros as runs. */
export function fakeImage(raw: Buffer, frameBytes = FRAME_BYTES): FakeImage {
  const chunks = new Map<string, Buffer>()
  const frames: ImageManifest['frames'] = []
  const zeros: ImageManifest['zeros'] = []
  for (let offset = 0; offset < raw.length; offset += frameBytes) {
    const piece = raw.subarray(offset, offset + frameBytes)
    if (piece.equals(Buffer.alloc(piece.length))) {
      zeros.push({ offset, length: piece.length })
      continue
    }
    const packed = zstdCompressSync(piece)
    chunks.set(sha256(packed), packed)
    frames.push({ offset, length: piece.length, size: packed.length, sha256: sha256(packed), rawSha256: sha256(piece) })
  }
  const manifest: ImageManifest = {
    version: 1,
    compression: 'zstd',
    architecture: architecture(),
    rawSize: raw.length,
    rawSha256: sha256(raw),
    frames,
    zeros,
  }
  return { raw, chunks, ...withManifest(manifest, chunks) }
}

/** Puts a manifest, changed or not, among the chunks. */
export function withManifest(manifest: ImageManifest, chunks: Map<string, Buffer>) {
  const bytes = Buffer.from(JSON.stringify(manifest))
  chunks.set(sha256(bytes), bytes)
  return { manifest, manifestSha256: sha256(bytes) }
}

/** Bytes that do not compress away, the same at every call. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes.writeUInt32LE(state, at)
  }
  return bytes
}

/** A source out of a map; `asked` keeps every digest that was asked for. */
export function fakeSource(chunks: Map<string, Buffer>, name = 'source'): ChunkSource & { asked: string[] } {
  const asked: string[] = []
  return {
    name,
    asked,
    async fetch(digest) {
      asked.push(digest)
      const bytes = chunks.get(digest)
      if (!bytes) throw new ChunkMissing(`${name} has no chunk ${digest}`)
      return bytes
    },
  }
}

/** Of an image that any machine with a disk of 40 MiB takes. */
export const someFacts: ImageFacts = {
  table: 'gpt',
  sectorSize: 512,
  size: 21 * 1024 * 1024 + 512,
  usedEnd: 20 * 1024 * 1024,
  tail: 33 * 512,
  freeEntries: 120,
  hasSeedPartition: false,
  esp: {
    partition: 1,
    loaders: ['\\EFI\\BOOT\\BOOTX64.EFI', '\\EFI\\BOOT\\BOOTAA64.EFI'],
  },
  bios: { code: true, partition: null },
  faults: [],
}
