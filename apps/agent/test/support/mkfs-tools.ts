import { homedir } from 'node:os'
import { join } from 'node:path'
import { fetchDebianTree, fromTree } from '@eims/lab'
import type { LoopDisk } from './loop-disk.ts'

/** Debian's programs that make, check and grow file systems, as the Micro-OS's tools have them. */
export async function mkfsTools(): Promise<(machine: LoopDisk['machine']) => LoopDisk['machine']> {
  const tree = await fetchDebianTree({
    cacheDir: process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims'),
    name: 'mkfs-trixie',
    release: 'trixie',
    packages: ['e2fsprogs', 'xfsprogs', 'btrfs-progs', 'dosfstools'],
    withDependencies: true,
  })
  const theirs = ['mkfs.xfs', 'mkfs.btrfs', 'xfs_growfs', 'btrfs', 'mkfs.vfat']
  return (machine) => ({
    ...machine,
    async run(program, args, options) {
      // xfs_growfs is a script around xfs_io in some versions; in Debian 13 it is a program
      if (!theirs.includes(program)) return await machine.run(program, args, options)
      const folder = program === 'btrfs' ? 'usr/bin' : 'usr/sbin'
      const [loader, ...start] = fromTree(tree, `${folder}/${program}`)
      return await machine.run(loader, [...start, ...args], options)
    },
  })
}
