import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import type { DebianRelease } from './debian-sources.ts'
import { privateApt } from './private-apt.ts'

interface DebianTreeOptions {
  /** the tree is kept in a folder of this one; the network is asked only once */
  cacheDir: string
  /** name of that folder */
  name: string
  release: DebianRelease
  packages: readonly string[]
  /** with all that they depend on, down to the C library: for programs that are to run from the tree */
  withDependencies?: boolean
}

/**
 * Debian packages unpacked, not installed: their scripts do not run and no daemon starts.
 * @returns the root of the tree
 */
export async function fetchDebianTree(options: DebianTreeOptions): Promise<string> {
  const { cacheDir, name, release, packages } = options
  const home = join(cacheDir, name)
  if (await stat(home).catch(() => undefined)) return home
  await mkdir(cacheDir, { recursive: true })
  const work = await mkdtemp(join(cacheDir, `${name}-work-`))
  try {
    const apt = await privateApt(work, release)
    const archives = join(work, 'archives')
    await run('apt-get', [...apt, 'update'], { timeoutMs: 5 * 60_000 })
    const closure = ['install', '--download-only', '--no-install-recommends', '--yes', ...packages]
    const asked = options.withDependencies ? closure : ['download', ...packages]
    await run('apt-get', [...apt, ...asked], { cwd: archives, timeoutMs: 10 * 60_000 })
    for (const file of (await readdir(archives)).filter((entry) => entry.endsWith('.deb')))
      await run('dpkg-deb', ['-x', join(archives, file), join(work, 'tree')])
    await rename(join(work, 'tree'), home).catch((cause: NodeJS.ErrnoException) => {
      // another process was quicker: its files are as good as ours
      if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return home
}

/** A program of a tree made with dependencies, started by the tree's own loader with the tree's own libraries. */
export function fromTree(tree: string, program: string): [string, ...string[]] {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((folder) => join(tree, folder))
  // before Debian 13 it lies in /lib; /lib64 has but an absolute link to it
  const loaders = libraries.map((folder) => join(folder, 'ld-linux-x86-64.so.2'))
  const loader = loaders.find((path) => existsSync(path)) ?? loaders[0]!
  return [loader, '--library-path', libraries.join(':'), join(tree, program)]
}
