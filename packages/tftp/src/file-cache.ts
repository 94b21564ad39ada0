import { type FileHandle, open, stat } from 'node:fs/promises'
import type { OpenFile } from './read-ahead.ts'

interface FileCache {
  /**
   * Opens a file for a transfer; null when there is none of that name, or it is no regular file. Rejects on any other
   * trouble. Costs one look at the directory: a client that only asks for the size has nothing read.
   */
  open(path: string): Promise<OpenFile | null>
}

interface Content {
  /** inode, size and times of the file that it was read from */
  readonly version: string
  readonly size: number
  bytes: Uint8Array | Promise<Uint8Array>
}

/**
 * Keeps the content of small files, the ones that whole shelves of machines ask for at once, until they change on disk.
 * A transfer sees one version of such a file, even when it is replaced meanwhile.
 * @param largest a file above so many bytes is read from disk by each transfer
 * @param most bytes kept in all; those used longest ago go first
 */
export function fileCache({ largest = 8 * 2 ** 20, most = 64 * 2 ** 20 } = {}): FileCache {
  const kept = new Map<string, Content>()

  function keep(path: string, content: Content) {
    kept.delete(path)
    kept.set(path, content)
    let total = 0
    for (const { size } of kept.values()) total += size
    for (const [oldest, { size }] of kept) {
      if (total <= most || oldest === path) return
      kept.delete(oldest)
      total -= size
    }
  }

  async function content(path: string, version: string, size: number): Promise<Uint8Array> {
    let found = kept.get(path)
    if (found?.version !== version) {
      const loading: Content = { version, size, bytes: load(path, version, size) }
      found = loading
      keep(path, loading)
      try {
        loading.bytes = await loading.bytes
      } catch (error) {
        if (kept.get(path) === loading) kept.delete(path)
        throw error
      }
    }
    return found.bytes
  }

  return {
    async open(path) {
      const found = await stat(path, { bigint: true }).catch(orNull)
      if (found === null || !found.isFile()) return null
      const size = Number(found.size)
      if (size > largest) return onDisk(path)
      const version = versionOf(found)
      const known = kept.get(path)
      if (known?.version === version) keep(path, known)
      let bytes = known?.version === version && known.bytes instanceof Uint8Array ? known.bytes : null
      return {
        size,
        read(offset, length) {
          if (bytes !== null) return bytes.subarray(offset, offset + length)
          return content(path, version, size).then((loaded) => {
            bytes = loaded
            return loaded.subarray(offset, offset + length)
          })
        },
      }
    },
  }
}

async function load(path: string, version: string, size: number): Promise<Uint8Array> {
  await using file = await open(path)
  const bytes = await exactly(file, 0, size)
  if (versionOf(await file.stat({ bigint: true })) !== version) throw new Error('it was changed while it was read')
  return bytes
}

async function onDisk(path: string): Promise<OpenFile | null> {
  const file = await open(path).catch(orNull)
  if (file === null) return null
  try {
    const { size } = await file.stat()
    return { size, read: (offset, length) => exactly(file, offset, length), close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Reads to `length` or to the end of the file; one read() may give less than there is. */
async function exactly(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at)
    if (bytesRead === 0) return bytes.subarray(0, at)
    at += bytesRead
  }
  return bytes
}

function versionOf(found: { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`
}

function orNull(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}
