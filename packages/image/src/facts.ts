import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { type Frame, type ImageFacts, type ImageManifest, TYPE_ESP } from '@eims/contracts'
import { efiFiles } from './fat.ts'
import { ISO_HEAD, isIso } from './iso.ts'
import { readSigned } from './loaders.ts'
import type { BlobStore } from './store.ts'
import { type ReadAt, readTable, within } from './table.ts'

const decompress = promisify(zstdDecompress)
/** frames of 4 MiB that are held while an image is looked into */
const HELD = 4

const ESP = [TYPE_ESP, 'ef']
/** of GRUB: where a GPT has room for what does not fit into the first sector */
const BIOS_BOOT = '21686148-6449-6e6f-744e-656564454649'
/** what the agent calls the seed's partition, and the least that it uses again; bytes */
const SEED = { name: 'CIDATA', least: 1024 * 1024 }

/**
 * What is worth knowing of a disk before it is written to another one. `size` in bytes.
 * @throws the reason of `stopped`
 */
export async function readFacts(read: ReadAt, size: number, stopped?: AbortSignal): Promise<ImageFacts> {
  const iso = isIso(await read(0, ISO_HEAD))
  const { partitions, ...table } = await readTable(read, size, iso)
  const esp = partitions.find(({ type }) => ESP.includes(type))
  const code = (await read(0, 440)).some((byte) => byte !== 0)
  const starts = partitions.find(({ type, bootable }) => bootable || type === BIOS_BOOT)
  return {
    ...table,
    size,
    hasSeedPartition: partitions.some(({ name, start, end }) => name === SEED.name && end - start >= SEED.least),
    esp: esp ? await readEsp(esp.number, within(read, esp), stopped) : null,
    bios: { code, partition: starts?.number ?? null },
    ...(iso ? { iso } : {}),
  }
}

async function readEsp(partition: number, read: ReadAt, stopped?: AbortSignal): Promise<ImageFacts['esp']> {
  const files = await efiFiles(read, stopped)
  if (!files) return { partition, loaders: null }
  return { partition, loaders: files.map(({ path }) => path), signed: await readSigned(files, stopped) }
}

/** The disk of a manifest, out of the store; a frame that is damaged there is the store's error. */
export function storedDisk(manifest: ImageManifest, store: Pick<BlobStore, 'read'>): ReadAt {
  const held: { frame: Frame; raw: Buffer }[] = []
  const rawOf = async (frame: Frame): Promise<Buffer> => {
    const known = held.find((each) => each.frame === frame)
    if (known) return known.raw
    const raw = await decompress(await store.read(frame.sha256), { maxOutputLength: frame.length })
    if (held.push({ frame, raw }) > HELD) held.shift()
    return raw
  }
  return async (offset, length) => {
    const end = Math.min(offset + length, manifest.rawSize)
    if (offset < 0 || end <= offset) return Buffer.alloc(0)
    const bytes = Buffer.alloc(end - offset)
    for (const frame of manifest.frames) {
      if (frame.offset + frame.length <= offset) continue
      if (frame.offset >= end) break
      const from = Math.max(offset, frame.offset)
      const raw = await rawOf(frame)
      raw.copy(bytes, from - offset, from - frame.offset, end - frame.offset)
    }
    return bytes
  }
}
