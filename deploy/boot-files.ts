import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MicroOsManifest } from './micro-os/build.ts'
import { sha256, writeWhole } from './micro-os/cache.ts'
import { fetchPackages, unpackPackages } from './micro-os/debian-packages.ts'
import { licencesIn } from './micro-os/licences.ts'

/** What `manifest.json` says about a folder of boot files. */
export interface BootFilesManifest {
  readonly format: 1
  readonly packages: MicroOsManifest['packages']
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>
}

export interface FetchOptions {
  /** kept between runs: the packages */
  readonly cacheDir: string
  /** gets the folder */
  readonly outDir: string
  /** ask the mirror for newer packages */
  readonly refresh?: boolean
  readonly log: (line: string) => void
}

/** Packages of Debian's for one architecture (Debian's name of it), and their files by the names that machines ask for. */
export interface BootFileSource {
  readonly architecture: 'amd64' | 'arm64'
  readonly packages: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

/** Fetches packages of Debian's and lays boot files of theirs and a manifest into `outDir/folder`. */
export async function layBootFiles(
  folder: string,
  sources: readonly BootFileSource[],
  options: FetchOptions,
): Promise<BootFilesManifest> {
  const out = join(options.outDir, folder)
  await mkdir(out, { recursive: true })
  const work = await mkdtemp(join(options.cacheDir, `${folder}-`))
  try {
    const packages: BootFilesManifest['packages'][number][] = []
    const files: Record<string, { size: number; sha256: string }> = {}
    for (const { architecture, packages: names, files: wanted } of sources) {
      const found = await fetchPackages({ ...options, architecture, names })
      const tree = join(work, architecture)
      await unpackPackages(found, tree)
      for (const { name, version, sha256: digest } of found)
        packages.push({ name, version, sha256: digest, licence: await licencesIn(tree, name) })
      for (const [ours, theirs] of Object.entries(wanted)) {
        const bytes = await readFile(join(tree, theirs))
        files[ours] = { size: bytes.length, sha256: sha256(bytes) }
        await writeWhole(join(out, ours), bytes)
      }
    }
    const manifest: BootFilesManifest = { format: 1, packages, files }
    await writeWhole(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
