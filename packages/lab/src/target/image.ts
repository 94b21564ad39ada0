import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from '../command.ts'
import { buildDisk } from './disk.ts'
import { buildTree } from './tree.ts'

export type TargetVariant = 'A' | 'B'

interface TargetImage {
  /** raw disk image, sparse, below 1 GB; never write to it */
  path: string
  /** SHA-256 of the raw image, hexadecimal */
  sha256: string
}

interface TargetImageOptions {
  variant: TargetVariant
  /** the image is kept here, under a name made of the builder's own sources */
  cacheDir: string
  log?: (line: string) => void
}

/**
 * A real Debian 12 disk image (systemd, sshd, cloud-init) that boots on BIOS and UEFI from AHCI, virtio, SCSI and NVMe.
 * Variants A and B say who they are in /etc/eims-image, /etc/issue and /etc/os-release.
 * Takes a minute the first time (root, and the host's Debian mirror), then comes from the cache.
 */
export async function buildTargetImage(options: TargetImageOptions): Promise<TargetImage> {
  const log = options.log ?? (() => {})
  const home = join(options.cacheDir, `target-${await builderDigest()}`)
  const cached = await readCached(home, options.variant)
  if (cached) return cached

  await mkdir(options.cacheDir, { recursive: true })
  const work = await mkdtemp(join(options.cacheDir, 'target-work-'))
  try {
    log(`building the target image in ${work}`)
    await buildBoth(work, log)
    await rename(work, home).catch(async (cause: NodeJS.ErrnoException) => {
      // another process was quicker: its images are as good as ours
      if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const built = await readCached(home, options.variant)
  if (!built) throw new Error(`the target image is missing in ${home} although it was just built`)
  return built
}

async function buildBoth(work: string, log: (line: string) => void): Promise<void> {
  const tree = join(work, 'tree')
  await buildTree(tree, log)
  const grub = join(tree, 'boot/eims-grub')
  await run('cp', ['-a', grub, join(work, 'grub')])
  for (const variant of ['A', 'B'] as const) {
    await run('cp', ['-a', '-T', join(work, 'grub'), grub])
    await dressAs(tree, variant)
    const raw = join(work, `${variant}.raw`)
    await buildDisk(tree, raw)
    await writeFile(join(work, `${variant}.sha256`), await sha256(raw))
    log(`target image ${variant} is ready`)
  }
  await rm(join(work, 'grub'), { recursive: true })
  await rm(tree, { recursive: true })
}

async function dressAs(tree: string, variant: TargetVariant): Promise<void> {
  await writeFile(join(tree, 'etc/eims-image'), `${variant}\n`)
  await writeFile(join(tree, 'etc/issue'), `EIMS target image ${variant}: Debian 12 \\n \\l\n\n`)
  const osRelease = join(tree, 'usr/lib/os-release')
  const lines = (await readFile(osRelease, 'utf8')).split('\n').filter((line) => line && !line.startsWith('IMAGE_ID='))
  await writeFile(osRelease, `${lines.join('\n')}\n`)
  await appendFile(osRelease, `IMAGE_ID=eims-target-${variant.toLowerCase()}\n`)
}

async function readCached(home: string, variant: TargetVariant): Promise<TargetImage | undefined> {
  const path = join(home, `${variant}.raw`)
  try {
    await stat(path)
    return { path, sha256: await readFile(join(home, `${variant}.sha256`), 'utf8') }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

async function builderDigest(): Promise<string> {
  const hash = createHash('sha256')
  const names = (await readdir(import.meta.dirname)).sort()
  for (const name of names) hash.update(name).update(await readFile(join(import.meta.dirname, name)))
  return hash.digest('hex').slice(0, 16)
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
