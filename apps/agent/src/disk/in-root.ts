import { chmodSync, chownSync, lstatSync, mkdirSync, readlinkSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failure.ts'

/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40
/** statfs(2) */
const MSDOS_SUPER_MAGIC = 0x4d44

/**
 * Where a path of the installed system leads, as its own kernel would find it: links are followed inside of `root`, whose `..`
 * is itself, so that no path leads out of it. Every part must be a folder.
 * @param make makes a folder that is not there
 * @returns the folder's place in the Micro-OS; no part of it behind `root` is a link
 * @throws Failure path-unusable; ENOENT where a folder is missing and none is made
 */
export function folderIn(root: string, path: string, make?: (folder: string) => void): string {
  const unusable = (at: string, fault: 'links' | 'not-a-folder') =>
    new Failure({ code: 'path-unusable', slots: { path: path.slice(0, 4096), at: at.slice(0, 4096), fault } })
  const queue = path.split('/')
  let walked: string[] = []
  for (let links = 0; queue.length > 0; ) {
    const name = queue.shift()!
    if (name === '' || name === '.') continue
    if (name === '..') {
      walked.pop()
      continue
    }
    const here = join(root, ...walked, name)
    const found = lstatSync(here, { throwIfNoEntry: false })
    if (found?.isSymbolicLink()) {
      links += 1
      if (links > MOST_LINKS) throw unusable(`/${[...walked, name].join('/')}`, 'links')
      const target = readlinkSync(here)
      if (target.startsWith('/')) walked = []
      queue.unshift(...target.split('/'))
      continue
    }
    if (found && !found.isDirectory()) throw unusable(`/${[...walked, name].join('/')}`, 'not-a-folder')
    if (!found) {
      if (!make) throw Object.assign(new Error(`ENOENT: no such folder, ${path}`), { code: 'ENOENT' })
      make(here)
    }
    walked.push(name)
  }
  return join(root, ...walked)
}

/** Gives what is no link its owner and mode; on FAT, which has neither, nothing is given. */
export function give(path: string, { uid, gid, mode }: { uid: number; gid: number; mode: number }): void {
  if (statfsSync(path).type === MSDOS_SUPER_MAGIC) return
  chownSync(path, uid, gid)
  // behind chown, which takes set-user-ID away
  chmodSync(path, mode)
}

/** A folder with its owner and mode, whatever the umask is. */
export function makeFolder(path: string, owned: { uid: number; gid: number; mode: number }): void {
  mkdirSync(path)
  give(path, owned)
}
