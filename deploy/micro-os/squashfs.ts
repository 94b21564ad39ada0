import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { targetFor } from './architecture.ts'
import { type DebianPackage, fetchPackages, unpackPackages } from './debian-packages.ts'

/** The host's own, which runs the program; of what machine the files are for it knows nothing. */
const HOST = targetFor(process.arch === 'arm64' ? 'arm64' : 'x86_64')

/** What makes a squashfs is of the suite, too, and not the host's: the same bytes come out on each. */
export const fetchSquashfsTools = (options: {
  cacheDir: string
  refresh?: boolean
  log: (line: string) => void
}): Promise<DebianPackage[]> =>
  fetchPackages({
    ...options,
    architecture: HOST.debian,
    names: ['squashfs-tools', 'libc6', 'libgcc-s1', 'liblz4-1', 'liblzma5', 'liblzo2-2', 'libzstd1', 'zlib1g'],
  })

/** Runs a program of these packages, which lie unpacked in `tools`, with their own libraries. */
export async function runTool(tools: string, program: string, args: readonly string[]): Promise<void> {
  const libraries = join(tools, 'usr/lib', HOST.multiarch)
  const loaded = ['--library-path', libraries, join(tools, 'usr/bin', program)]
  await promisify(execFile)(join(tools, 'usr', HOST.loader), [...loaded, ...args])
}

/**
 * Files as a squashfs with zstd (Linux Documentation/filesystems/squashfs.rst), which a machine mounts as it is: what is not
 * read is never unpacked, and what was can be given up when memory is short.
 * @param files by their paths in it; all may be read and executed by everybody, and are of nobody and no time
 * @param level zstd's, 1 to 22
 * @param work an empty folder that the caller removes
 */
export async function squashfs(
  files: ReadonlyMap<string, Buffer>,
  { packages, level, work }: { packages: readonly DebianPackage[]; level: number; work: string },
): Promise<Buffer> {
  const [tools, tree, image] = ['tools', 'tree', 'image'].map((name) => join(work, name)) as [string, string, string]
  await mkdir(tools)
  await unpackPackages(packages, tools)
  for (const [path, bytes] of files) {
    const file = join(tree, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes)
  }
  // whatever the builder's umask is
  await promisify(execFile)('chmod', ['-R', '755', tree])
  const fixed = ['-noappend', '-all-root', '-no-xattrs', '-all-time', '0', '-mkfs-time', '0']
  const packing = ['-comp', 'zstd', '-Xcompression-level', String(level), '-b', '256K', '-no-tailends', '-no-exports']
  await runTool(tools, 'mksquashfs', [tree, image, ...fixed, ...packing, '-quiet', '-no-progress'])
  return await readFile(image)
}
