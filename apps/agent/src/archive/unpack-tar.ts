import {
  closeSync,
  constants,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { folderIn, give, makeFolder } from '../disk/in-root.ts'
import { Failure } from '../failure.ts'
import type { Machine } from '../machine.ts'
import { readTar, type TarEntry } from './tar.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

interface Unpacked {
  entries: number
  /** of files */
  bytes: number
  /** extended attributes that were left out */
  attributes: number
}

/**
 * Unpacks a tar archive below a folder of the installed system: owners, modes, links and times as in it, but no extended
 * attributes. Each path is found as the installed system would find it (in-root.ts), so that no entry, and no link that an
 * earlier entry made, leads out of its file system. What is there already under the name of an entry gives way.
 * @param root where that file system is mounted
 * @throws Failure archive-unreadable, path-unusable, file-not-written
 */
export async function unpackTar(
  machine: Pick<Machine, 'busybox'>,
  source: AsyncIterable<Buffer>,
  { root, folder }: { root: string; folder: string },
): Promise<Unpacked> {
  const done: Unpacked = { entries: 0, bytes: 0, attributes: 0 }
  const folders: { path: string; mtime: number }[] = []
  const missing = (path: string) => makeFolder(path, { uid: 0, gid: 0, mode: 0o755 })
  const placed = (path: string) => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.')
    if (parts.includes('..')) throw outside(path)
    return { parent: [folder, ...parts.slice(0, -1)].join('/'), name: parts.at(-1) }
  }
  const put = async (entry: TarEntry): Promise<void> => {
    const { parent, name } = placed(entry.path)
    if (entry.kind === 'folder') {
      const path = folderIn(root, name === undefined ? folder : `${parent}/${name}`, missing)
      give(path, entry)
      folders.push({ path, mtime: entry.mtime })
      return
    }
    if (name === undefined) throw outside(entry.path)
    const place = join(folderIn(root, parent, missing), name)
    giveWay(place)
    if (entry.kind === 'link') {
      const other = placed(entry.target)
      if (other.name === undefined) throw outside(entry.target)
      linkSync(join(folderIn(root, other.parent), other.name), place)
      return
    }
    if (entry.kind === 'symlink') {
      symlinkSync(entry.target, place)
      lchownSync(place, entry.uid, entry.gid)
      lutimesSync(place, seconds(entry.mtime), seconds(entry.mtime))
      return
    }
    if (entry.kind === 'file') done.bytes += await writeContents(place, entry)
    else await machine.busybox('mknod', place, ...nodeArguments(entry))
    give(place, entry)
    utimesSync(place, seconds(entry.mtime), seconds(entry.mtime))
  }
  for await (const entry of readTar(source)) {
    await put(entry).catch((error: unknown) => {
      if (error instanceof Failure || !(error instanceof Error) || !('syscall' in error)) throw error
      const text = String((error as NodeJS.ErrnoException).code)
      throw new Failure({ code: 'file-not-written', slots: { path: entry.path.slice(0, 4096), text } }, error)
    })
    done.entries += 1
    done.attributes += entry.attributes
  }
  // what is put into a folder changes its time; a later entry may have put a link in its place
  for (const { path, mtime } of folders.reverse()) lutimesSync(path, seconds(mtime), seconds(mtime))
  return done
}

const outside = (path: string) =>
  new Failure({ code: 'archive-unreadable', slots: { text: `"${basename(path).slice(0, 200)}" leads out of it` } })

/** A link is taken away and not followed; a folder only when it is empty. */
function giveWay(place: string): void {
  const found = lstatSync(place, { throwIfNoEntry: false })
  if (found) (found.isDirectory() ? rmdirSync : unlinkSync)(place)
}

async function writeContents(place: string, { contents, size }: TarEntry): Promise<number> {
  const file = openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    for await (const bytes of contents) for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  } finally {
    closeSync(file)
  }
  return size
}

function nodeArguments({ kind, major, minor }: TarEntry): string[] {
  if (kind === 'fifo') return ['p']
  return [kind === 'block-device' ? 'b' : 'c', `${major}`, `${minor}`]
}

/** As text: Node takes a negative number of seconds, before 1970, for now. */
const seconds = (mtime: number): string => `${mtime}`
