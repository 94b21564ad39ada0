import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Where EMF's templates have K3s: a link to the program, from the image's root (with `/` in front). */
export const LINK = { from: 'var/lib/rancher/k3s/bin/k3s', to: '/usr/local/bin/k3s' }

/** A file that an image carries, so that K3s needs no network. */
export interface CarriedFile {
  /** on the host */
  from: string
  /** in the image, without a slash in front */
  to: string
  mode: '644' | '755'
  /** bytes */
  size: number
}

const STAND_INS = join(import.meta.dirname, 'k3s')
const AIRGAP = /\.(?:tar|tar\.gz|tgz|tar\.zst|tar\.lz4|txt)$/

/**
 * K3s as an image brings it along: the installer, the program, and archives of container images.
 * @param dir a folder with K3s's own `install.sh`, `k3s` and archives; without, stand-ins that note how they are called
 */
export async function carriedK3s(dir = STAND_INS): Promise<CarriedFile[]> {
  const archives = (await readdir(dir)).filter((name) => AIRGAP.test(name)).sort()
  const places: Omit<CarriedFile, 'size'>[] = [
    { from: join(dir, 'install.sh'), to: 'opt/install.sh', mode: '755' },
    { from: join(dir, 'k3s'), to: 'usr/local/bin/k3s', mode: '755' },
    ...archives.map((name) => ({
      from: join(dir, name),
      to: `var/lib/rancher/k3s/agent/images/${name}`,
      mode: '644' as const,
    })),
  ]
  return await Promise.all(places.map(async (place) => ({ ...place, size: (await stat(place.from)).size })))
}

/** What changes when other files are carried. */
export async function carriedDigest(files: readonly CarriedFile[]): Promise<string> {
  const hash = createHash('sha256')
  for (const { from, size } of files) hash.update(`${from}\0${size}\0${(await stat(from)).mtimeMs}\0`)
  return hash.digest('hex').slice(0, 8)
}
