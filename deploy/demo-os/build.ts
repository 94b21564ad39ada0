import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { constants, zstdCompressSync } from 'node:zlib'
import { targetFor } from '../micro-os/architecture.ts'
import { fetchBasePackages } from '../micro-os/base-archive.ts'
import { cached, cacheKey, sha256OfFile } from '../micro-os/cache.ts'
import { cpio, type Entry } from '../micro-os/cpio.ts'
import { unpackPackages } from '../micro-os/debian-packages.ts'
import { moduleClosure, modulesAlias, modulesDep } from '../micro-os/modules.ts'
import { buildDisk } from './disk.ts'

/** Drivers of the machines that `eims demo` makes, and what a FAT volume takes. */
const DRIVERS = ['virtio_pci', 'virtio_blk', 'virtio_net', 'vfat', 'nls_ascii', 'nls_cp437']
const SCRIPTS = { init: 'init', 'read-seed': 'demo/read-seed', lease: 'demo/lease' }
const INGREDIENTS = ['build.ts', 'disk.ts', 'autoexec.ipxe', ...Object.keys(SCRIPTS)]

interface DemoOsOptions {
  /** has the packages that the Micro-OS is made of, and `artifacts/ipxe`; the finished image is kept here */
  readonly cacheDir: string
  readonly log: (line: string) => void
}

/**
 * A whole disk (raw, x86_64, UEFI) of some 30 MB with a small OS: Debian's kernel and a busybox userland that reads its
 * CIDATA seed, sets its host name and phones home. Made of the Micro-OS's own packages, so that it needs no network.
 * @returns the image's path; it is another one when anything in it changed
 */
export async function buildDemoOs({ cacheDir, log }: DemoOsOptions): Promise<string> {
  const packages = await fetchBasePackages(targetFor('x86_64'), { cacheDir, log })
  const loader = join(cacheDir, 'artifacts/ipxe/ipxe.efi')
  const key = cacheKey({
    sources: (await Promise.all(INGREDIENTS.map((name) => sha256OfFile(join(import.meta.dirname, name))))).join(' '),
    packages: packages.map(({ sha256 }) => sha256).join(' '),
    loader: await sha256OfFile(loader),
  })
  const home = await cached(join(cacheDir, 'demo-os'), key, async (into) => {
    log('packing the demo OS (once, about 20 seconds)')
    const work = await mkdtemp(join(cacheDir, 'demo-os-'))
    try {
      await mkdir(join(work, 'root'))
      const used = packages.filter(({ name }) => name.startsWith('linux-image-') || name === 'busybox-static')
      await unpackPackages(used, join(work, 'root'))
      await buildDisk(await volume(work, loader), join(into, 'demo.raw'))
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  })
  return join(home, 'demo.raw')
}

/** The EFI system partition's files in a folder, all with one time, so that the same inputs give the same image. */
async function volume(work: string, loader: string): Promise<string> {
  const kernel = await readKernel(join(work, 'root'))
  const folder = join(work, 'volume')
  const files: Record<string, Buffer> = {
    'EFI/BOOT/BOOTX64.EFI': await readFile(loader),
    'EFI/BOOT/autoexec.ipxe': await readFile(join(import.meta.dirname, 'autoexec.ipxe')),
    'demo/vmlinuz': kernel.vmlinuz,
    'demo/initrd.zst': kernel.initrd,
  }
  for (const path of ['EFI/BOOT', 'demo']) await mkdir(join(folder, path), { recursive: true })
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(folder, path), bytes)
  for (const path of [...Object.keys(files), 'EFI/BOOT', 'EFI', 'demo'])
    await utimes(join(folder, path), 1_600_000_000, 1_600_000_000)
  return folder
}

/** The kernel and its initrd, out of the unpacked packages. */
async function readKernel(root: string): Promise<{ vmlinuz: Buffer; initrd: Buffer }> {
  const version = await kernelVersion(root)
  const modules = await moduleClosure(join(root, 'usr/lib/modules', version), DRIVERS)
  const file = (path: string, bytes: Buffer, executable = false): Entry => ({ path, kind: 'file', bytes, executable })
  const folders = ['dev', 'proc', 'run', 'seed', 'sys', 'tmp'].map((path): Entry => ({ path, kind: 'folder' }))
  const scripts = Object.entries(SCRIPTS).map(async ([name, path]) =>
    file(path, await readFile(join(import.meta.dirname, name)), true),
  )
  const entries: Entry[] = [
    ...folders,
    { path: 'dev/console', kind: 'character-device', major: 5, minor: 1 },
    file('bin/busybox', await readFile(join(root, 'usr/bin/busybox')), true),
    { path: 'bin/sh', kind: 'link', target: 'busybox' },
    { path: 'sbin/modprobe', kind: 'link', target: '../bin/busybox' },
    ...modules.map(({ path, bytes }) => file(`lib/modules/${version}/${path}`, bytes)),
    file(`lib/modules/${version}/modules.dep`, Buffer.from(modulesDep(modules))),
    file(`lib/modules/${version}/modules.alias`, Buffer.from(modulesAlias(modules))),
    ...(await Promise.all(scripts)),
  ]
  const params = { [constants.ZSTD_c_compressionLevel]: 12, [constants.ZSTD_c_checksumFlag]: 1 }
  return {
    vmlinuz: await readFile(join(root, `boot/vmlinuz-${version}`)),
    initrd: zstdCompressSync(cpio(entries), { params }),
  }
}

async function kernelVersion(root: string): Promise<string> {
  const [version] = await readdir(join(root, 'usr/lib/modules'))
  if (version === undefined) throw new Error('Debian’s kernel package has no modules in usr/lib/modules')
  return version
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { cache: { type: 'string' } } })
  const log = (line: string) => process.stderr.write(`eims: ${line}\n`)
  try {
    process.stdout.write(`${await buildDemoOs({ cacheDir: resolve(values.cache ?? '/var/cache/eims'), log })}\n`)
  } catch (error) {
    log(`the demo OS could not be made: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
