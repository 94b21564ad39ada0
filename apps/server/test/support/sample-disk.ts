import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import type { ImageManifest } from '@eims/contracts'
import { type BlobStore, type ConvertOptions, convertImage, openBlobStore, openSource, spaceBeside } from '@eims/image'

export const MiB = 1024 * 1024
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Bytes that do not compress and are the same in every run. */
export function noise(bytes: number, seed = 'eims'): Buffer {
  const out = Buffer.alloc(bytes)
  let block = createHash('sha512').update(seed).digest()
  for (let at = 0; at < bytes; at += 64) {
    block.copy(out, at)
    block = createHash('sha512').update(block).digest()
  }
  return out
}

/** A disk with an MBR whose one partition begins at sector 2048 and ends with the disk; data at 1, 9 and 17 MiB, as far as it reaches. */
export function sampleDisk(bytes = 22 * MiB + 512): Buffer {
  const disk = Buffer.alloc(bytes)
  disk.writeUInt8(0x80, 446)
  disk.writeUInt8(0x83, 450)
  disk.writeUInt32LE(2048, 454)
  disk.writeUInt32LE(bytes / 512 - 2048, 458)
  disk.writeUInt16BE(0x55aa, 510)
  for (const at of [1, 9, 17].filter((each) => each * MiB < bytes)) noise(300_000, `${at}`).copy(disk, at * MiB)
  disk.fill('end', bytes - 512)
  return disk
}

/** Runs a program of Debian and gives its standard output. */
export const tool = (command: string, args: string[], input?: Buffer) =>
  execFileSync(command, args, { maxBuffer: 256 * MiB, stdio: ['pipe', 'pipe', 'ignore'], ...(input ? { input } : {}) })

/** The disk that an agent would write: every frame verified on its way. */
export async function reassemble(manifest: ImageManifest, store: BlobStore): Promise<Buffer> {
  const disk = Buffer.alloc(manifest.rawSize, 0xff)
  for (const frame of manifest.frames) {
    const compressed = await store.read(frame.sha256)
    const raw = zstdDecompressSync(compressed, { maxOutputLength: frame.length })
    if (compressed.length !== frame.size || raw.length !== frame.length || sha256(raw) !== frame.rawSha256)
      throw new Error(`frame at ${frame.offset} is not what the manifest says`)
    // RFC 8878 section 3.1.1.1.1: by it agents know that they unpacked right, without another digest
    if ((compressed[4]! & 4) === 0) throw new Error(`frame at ${frame.offset} has no checksum`)
    raw.copy(disk, frame.offset)
  }
  for (const { offset, length } of manifest.zeros) disk.fill(0, offset, offset + length)
  return disk
}

/** A store of its own below a folder, and a conversion into it. */
export async function bench(folder: string) {
  await mkdir(folder, { recursive: true })
  const store = await openBlobStore(join(folder, 'data'))
  const tempDir = join(folder, 'tmp')
  const convert = (from: string | AsyncIterable<Uint8Array>, more: Partial<ConvertOptions> = {}) => {
    const source = typeof from === 'string' ? () => openSource(from) : from
    return convertImage({ source, architecture: 'x86_64', store, tempDir, space: spaceBeside(null), ...more })
  }
  return { store, tempDir, convert }
}
