import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Architecture, bytes, type ImageFormat, ProblemError } from '@eims/contracts'
import { convertImage, openSource, type ProgramOf } from '@eims/image'
import { readGiven } from '../addons/given.ts'
import { packSet } from '../addons/pack.ts'
import { progressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import type { FileSource, Found } from './contents.ts'
import { nameOfFile } from './file-or-name.ts'

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
      space: { require },
      programOf,
      signal,
      onProgress: (done) => line.show(`Reading ${what}`, done),
      ...more,
    }).finally(() => line.end())
    const { rawSize, frames } = manifest
    const size = (await readFile(join(blobs, manifestSha256))).length
    return {
      name,
      architecture,
      manifestSha256,
      rawSize,
      frameCount: frames.length,
      facts,
      k3sVersion: null,
      blobs: [[manifestSha256, size], ...frames.map(({ sha256, size }): [string, number] => [sha256, size])],
    }
  }
  return {
    image(path) {
      if (!statSync(path, { throwIfNoEntry: false })?.isFile())
        throw new Refusal(`there is no file ${path}; an image of a server has a name without a slash`)
      const before = made.get(path)
      if (before) return before
      const found = convert(path, nameOfFile(path), () => openSource(path), { sha256 })
      made.set(path, found)
      return found
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

/** @throws ProblemError disk-full */
async function require(folder: string, needed: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (needed > bavail * bsize)
    throw new ProblemError(
      'disk-full',
      `${what} needs ${bytes(needed)} in ${folder}; ${bytes(bavail * bsize)} are free there`,
    )
}
