import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { buildTargetImage } from '../target/image.ts'
import { buildImmutableDisk } from './immutable/disk.ts'
import { buildImmutableTree } from './immutable/tree.ts'
import { type CarriedFile, carriedDigest, carriedK3s, LINK } from './k3s.ts'
import { buildMutableDisk } from './mutable.ts'

export type EdgeImageType = 'mutable' | 'immutable'

interface EdgeImage {
  /** raw disk image, sparse, below 900 MB with the stand-ins; never write to it */
  path: string
  /** SHA-256 of the raw image, hexadecimal */
  sha256: string
}

interface EdgeImageOptions {
  /** mutable: the target image A; immutable: its root is read-only under dm-verity (UEFI only) */
  type: EdgeImageType
  /** the image is kept here, under a name made of the builder's own sources and of what it carries */
  cacheDir: string
  /** a folder with K3s's own install.sh, k3s and archives of container images; without, it is stood in for */
  k3sDir?: string | undefined
  log?: (line: string) => void
}

/**
 * A Debian 12 that carries K3s: /opt/install.sh and /usr/local/bin/k3s, as images of edge nodes do. The stand-ins note in
 * /var/log/k3s-standin how they were called (k3s/k3s).
 * Takes a minute the first time (root, and the host's Debian mirror), then comes from the cache.
 */
export async function buildEdgeImage({ type, cacheDir, k3sDir, log = () => {} }: EdgeImageOptions): Promise<EdgeImage> {
  const carried = await carriedK3s(k3sDir)
  const further = k3sDir === undefined ? '' : `-${await carriedDigest(carried)}`
  const home = join(cacheDir, `edge-${type}-${await builderDigest()}${further}`)
  const cached = await readCached(home)
  if (cached) return cached

  await mkdir(cacheDir, { recursive: true })
  const work = await mkdtemp(join(cacheDir, 'edge-work-'))
  try {
    log(`building the ${type} image in ${work}`)
    const raw = join(work, 'image.raw')
    if (type === 'mutable')
      await buildMutableDisk((await buildTargetImage({ variant: 'A', cacheDir, log })).path, raw, carried)
    else await buildImmutable(work, raw, carried, log)
    await writeFile(join(work, 'image.sha256'), await sha256(raw))
    await rename(work, home).catch((cause: NodeJS.ErrnoException) => {
      // another process was quicker: its image is as good as ours
      if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const built = await readCached(home)
  if (!built) throw new Error(`the ${type} image is missing in ${home} although it was just built`)
  return built
}

async function buildImmutable(work: string, raw: string, carried: readonly CarriedFile[], log: (line: string) => void) {
  const tree = join(work, 'tree')
  await buildImmutableTree(tree, log)
  for (const { from, to, mode } of carried) {
    const path = join(tree, to)
    await mkdir(dirname(path), { recursive: true })
    await copyFile(from, path)
    await chmod(path, Number.parseInt(mode, 8))
  }
  await mkdir(join(tree, dirname(LINK.from)), { recursive: true })
  await symlink(LINK.to, join(tree, LINK.from))
  await buildImmutableDisk(tree, raw)
  await rm(tree, { recursive: true })
}

async function readCached(home: string): Promise<EdgeImage | undefined> {
  const path = join(home, 'image.raw')
  try {
    await stat(path)
    return { path, sha256: await readFile(join(home, 'image.sha256'), 'utf8') }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

/** Of this folder, and of the one with the target image, which it builds upon. */
async function builderDigest(): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of [import.meta.dirname, join(import.meta.dirname, '../target')]) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    for (const path of paths.sort()) hash.update(relative(folder, path)).update(await readFile(path))
  }
  return hash.digest('hex').slice(0, 16)
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
