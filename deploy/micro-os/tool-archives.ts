import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { type ToolName, tarEnd, tarEntry, toolNames } from '@eims/contracts'
import type { Target } from './architecture.ts'
import { sha256 } from './cache.ts'
import { type DebianPackage, fetchPackages } from './debian-packages.ts'
import { stripped } from './elf.ts'
import { libraryClosure } from './libraries.ts'
import { type KernelModule, moduleClosure } from './modules.ts'

interface Recipe {
  /** paths in Debian's packages, which are theirs in the Micro-OS too; a second one: what it is called there */
  readonly programs: readonly (string | readonly [from: string, as: string])[]
  readonly files?: readonly string[]
  /** in the order in which they are loaded, what each needs before it */
  readonly modules?: readonly (readonly string[])[]
}

/** What each archive beside the Micro-OS is there for: packages/contracts/src/builtins/builtin.ts. */
const recipes: Readonly<Record<ToolName, Recipe>> = {
  filesystems: {
    // a partition by its place, which busybox's losetup does not bound
    programs: ['usr/sbin/losetup'],
    modules: [
      // checksums that ext4, xfs and btrfs ask the kernel for by name when they are loaded, which are no dependencies of theirs
      ['crc32c_generic', 'blake2b_generic', 'xxhash_generic'],
      ['nls_cp437', 'nls_ascii', 'nls_utf8', 'nls_iso8859_1'],
      ['ext4', 'xfs', 'btrfs', 'vfat', 'isofs', 'loop'],
    ],
  },
  mkfs: {
    programs: [
      ['usr/sbin/mke2fs', 'usr/sbin/mkfs.ext4'],
      ['usr/sbin/mke2fs', 'usr/sbin/mkfs.ext3'],
      ['usr/sbin/mkfs.fat', 'usr/sbin/mkfs.vfat'],
      ...['e2fsck', 'resize2fs', 'tune2fs', 'mkfs.xfs', 'xfs_growfs', 'mkfs.btrfs', 'mkswap', 'blkid', 'losetup'].map(
        (name) => `usr/sbin/${name}`,
      ),
      'usr/bin/btrfs',
    ],
    files: ['etc/mke2fs.conf'],
    modules: [['loop']],
  },
  erase: { programs: ['usr/sbin/nvme', 'usr/sbin/hdparm', 'usr/bin/sg_sanitize'], modules: [['sg']] },
  kexec: { programs: ['usr/sbin/kexec'] },
}

const PACKAGES = [
  ['mount', 'util-linux', 'e2fsprogs', 'dosfstools', 'xfsprogs', 'btrfs-progs'],
  ['nvme-cli', 'hdparm', 'sg3-utils', 'kexec-tools'],
  ['libsmartcols1', 'libblkid1', 'libuuid1', 'libselinux1', 'libpcre2-8-0', 'libext2fs2t64', 'libcom-err2'],
  ['libinih1', 'liburcu8t64', 'zlib1g', 'libzstd1', 'liblzo2-2', 'libudev1', 'libcap2'],
  ['libnvme1t64', 'libjson-c5', 'libkeyutils1', 'libssl3t64', 'sg3-utils/dependency:libsgutils2', 'liblzma5'],
  // Debian's kexec can start Xen as well
  ['kexec-tools/dependency:libxenmisc', 'libxentoollog1', 'libxencall1', 'libxenevtchn1', 'libxengnttab1'],
  ['libxenforeignmemory1', 'libxendevicemodel1', 'libxentoolcore1'],
].flat()

/** zstd's; one whatever the Micro-OS is packed with, whose own list says the digests. */
const LEVEL = 15

/** An archive as `/eims/tools.json` of the Micro-OS lists it. */
export interface ToolFacts {
  readonly sha256: string
  readonly size: number
  /** paths below `/`, each behind what it needs; those that the Micro-OS has itself are in no archive */
  readonly modules: readonly string[]
}

export type ToolArchives = Readonly<Record<ToolName, ToolFacts & { readonly bytes: Buffer }>>

/** The Debian packages that the archives are made of. */
export const fetchToolPackages = (
  target: Target,
  options: { cacheDir: string; refresh?: boolean; log: (line: string) => void },
): Promise<DebianPackage[]> => fetchPackages({ ...options, architecture: target.debian, names: PACKAGES })

/**
 * The archives beside a Micro-OS: tar packed by zstd, the same bytes for the same packages. An archive has what the Micro-OS does
 * not have itself, and nothing of another archive is needed.
 * @param root where these packages and the base's are unpacked
 * @param base what the Micro-OS has: names of libraries, and modules by their names
 */
export async function makeToolArchives(
  target: Target,
  root: string,
  base: { kernelVersion: string; libraries: ReadonlySet<string>; modules: readonly KernelModule[] },
): Promise<ToolArchives> {
  const { kernelVersion } = base
  const inBase = new Set(base.modules.map(({ name }) => name))
  const folders = [`usr/lib/${target.multiarch}`, 'usr/lib64', 'usr/lib']
  const archive = async ({ programs, files = [], modules = [] }: Recipe) => {
    const members = new Map<string, { bytes: Buffer; mode: number }>()
    for (const each of programs) {
      const [from, as] = typeof each === 'string' ? [each, each] : each
      const program = await readFile(join(root, from))
      members.set(as, { bytes: stripped(program), mode: 0o755 })
      for (const { name, bytes } of await libraryClosure(program, root, folders))
        if (!base.libraries.has(name)) members.set(`lib/${target.multiarch}/${name}`, { bytes, mode: 0o644 })
    }
    for (const path of files) members.set(path, { bytes: await readFile(join(root, path)), mode: 0o644 })
    const tree = join(root, 'usr/lib/modules', kernelVersion)
    const needed: KernelModule[] = []
    for (const group of modules)
      for (const module of await moduleClosure(tree, group))
        if (!needed.some(({ name }) => name === module.name)) needed.push(module)
    const placeOf = ({ path }: KernelModule) => `lib/modules/${kernelVersion}/${path}`
    for (const module of needed)
      if (!inBase.has(module.name)) members.set(placeOf(module), { bytes: module.bytes, mode: 0o644 })
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1))
    const tar = Buffer.concat([...sorted.map(([path, { bytes, mode }]) => tarEntry(path, bytes, 0, mode)), tarEnd])
    const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 }
    const bytes = zstdCompressSync(tar, { params })
    return { sha256: sha256(bytes), size: bytes.length, modules: needed.map(placeOf), bytes }
  }
  const all = {} as Record<ToolName, ToolFacts & { bytes: Buffer }>
  for (const name of toolNames) all[name] = await archive(recipes[name])
  return all
}

/** Names of what the Micro-OS has of libraries, its loader included. */
export const namesOf = (libraries: readonly { name: string }[], target: Target): Set<string> =>
  new Set([...libraries.map(({ name }) => name), basename(target.loader)])
