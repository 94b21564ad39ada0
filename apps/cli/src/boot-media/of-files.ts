import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Architecture, ImageFormat } from '@eims/contracts'
import { convertImage, openSource, type ProgramOf } from '@eims/image'
import { readGiven } from '../addons/given.ts'
import { packSet } from '../addons/pack.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import { blobsOf, type FileSource, type Found } from './contents.ts'
import { nameOfFile } from './file-or-name.ts'
import { isMedium } from './out.ts'
import { requireRoom, spaceOf } from './room.ts'

const PACKED = /\.(?:gz|xz|zst|qcow2)$/i

interface OfFilesOptions {
  /** for what is made of them, as large as the images packed; whoever made it removes it */
  work: string
  architecture: Architecture
  /** the digest that the image's publisher gives */
  sha256: string | undefined
  programOf: ProgramOf
  signal: AbortSignal
}

/** Images and sets of addons out of files here, read as a server reads them. */
export function ofFiles({ work, architecture, sha256, programOf, signal }: OfFilesOptions): FileSource {
  const made = new Map<string, Promise<Found>>()
  const blobs = join(work, 'blobs')
  const store = {
    directory: blobs,
    async put(blob: Uint8Array): Promise<string> {
      const digest = createHash('sha256').update(blob).digest('hex')
      await writeFile(join(blobs, digest), blob)
      return digest
    },
    read: (digest: string): Promise<Buffer> => readFile(join(blobs, digest)),
  }
  const convert = async (
    what: string,
    name: string,
    source: Parameters<typeof convertImage>[0]['source'],
    more: { format?: ImageFormat; sha256?: string | undefined; announced?: () => number },
  ): Promise<Found> => {
    await mkdir(blobs, { recursive: true })
    const line = progressLine(process.stderr)
    const { manifest, manifestSha256, facts } = await convertImage({
      source,
      architecture,
      store,
      tempDir: join(work, 'temp'),
      space: spaceOf(work),
      programOf,
      signal,
      onProgress: (done) => line.show(`Reading ${what}`, done),
      ...more,
    }).finally(() => line.end())
    const { size } = await stat(join(blobs, manifestSha256))
    return {
      name,
      architecture,
      manifestSha256,
      rawSize: manifest.rawSize,
      frameCount: manifest.frames.length,
      facts,
      k3sVersion: null,
      blobs: blobsOf(manifestSha256, size, manifest),
    }
  }
  return {
    async image(path) {
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path))
        throw new Refusal(`${path} is an address: fetch the file first, and give that`)
      const found = statSync(path, { throwIfNoEntry: false })
      if (!found?.isFile())
        throw new Refusal(
          found
            ? `${path} is a folder, and no image`
            : `there is no file ${path}; an image of a server has a name without a slash`,
        )
      if (await isMedium(path)) throw new Refusal(`${path} is a boot medium of eims, and no image of a machine’s disk`)
      const before = made.get(path)
      if (before) return before
      // its pieces, and then the medium with them; of what is not packed nobody knows before
      await requireRoom(PACKED.test(path) ? 2 * found.size : 0, dirname(work))
      const image = convert(path, nameOfFile(path), () => openSource(path), { sha256 })
      made.set(path, image)
      return await image
    },
    async addons(files) {
      const given = readGiven({ files, checksums: [], namespace: null, values: null })
      const { blob, sha256 } = await packSet(given, progressLine(process.stderr))
      return await convert('the addons', 'addons', blob.stream(), {
        format: 'addons',
        sha256,
        announced: () => blob.size,
      })
    },
    blob: store.read,
  }
}
