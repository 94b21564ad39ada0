import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, readFile, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProblemError, Sha256 } from '@eims/contracts'

/** What a removal gave back. */
export interface Freed {
  removed: number
  bytes: number
}

/** Immutable files by the SHA-256 of their bytes: `<dataDir>/blobs/sha256/<first 2 digits>/<digest>`. */
export interface BlobStore {
  /** the folder that holds everything of the store */
  readonly directory: string
  has(digest: string): Promise<boolean>
  /**
   * Stores bytes for good (fsync, rename, fsync of the folder). Storing them again renews their age, and mends the
   * blob when the disk has changed it: that is how an image is repaired.
   * @param expected when given, other bytes are refused with `image-mismatch`
   * @param onNew told the digest of bytes that were not here before
   * @returns the digest, in lower-case hexadecimal
   */
  put(bytes: Uint8Array, expected?: string, onNew?: (digest: string) => void): Promise<string>
  /** The bytes, verified. Throws `not-found`, or `internal` when the disk changed them. */
  read(digest: string): Promise<Buffer>
  /** Where a blob is or would be. Throws `not-found` for what is no digest, so no other path can be made with it. */
  path(digest: string): string
  /** Whether there is no blob at all. */
  isEmpty(): Promise<boolean>
  /** Bytes of a blob; throws `not-found`. */
  size(digest: string): Promise<number>
  /**
   * Removes every blob that is not in `keep` and was not put since `before`. No image may be under conversion: it has put
   * its frames, new or renewed, but no manifest names them yet.
   * @param dryRun only counts them
   */
  sweep(keep: ReadonlySet<string>, before: Date, dryRun?: boolean): Promise<Freed>
  /** Removes these blobs, as far as they are here. Under the same condition as a sweep. */
  remove(digests: Iterable<string>): Promise<Freed>
  /**
   * Nothing is removed until it is disposed: the database names what a restore puts here only when all of it has come.
   */
  keepAll(): Disposable
}

/** As much of a store as an image is made into. */
export type FrameStore = Pick<BlobStore, 'directory' | 'read'> & {
  /** @returns the digest of the bytes, in lower-case hexadecimal */
  put(bytes: Uint8Array): Promise<string>
}

/** Opens the store of a data directory and removes what an interrupted put left behind. One process a data directory. */
export async function openBlobStore(dataDir: string): Promise<BlobStore> {
  const directory = join(dataDir, 'blobs')
  const root = join(directory, 'sha256')
  const temporary = join(directory, 'tmp')
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  await mkdir(root, { recursive: true })

  let kept = 0
  const path = (digest: string) => {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new ProblemError('not-found', 'that is not the digest of a blob')
    return join(root, digest.slice(0, 2), digest)
  }

  return {
    directory,
    path,
    has: async (digest) =>
      access(path(digest)).then(
        () => true,
        (error) => missing(error, false),
      ),
    size: async (digest) =>
      stat(path(digest)).then(
        ({ size }) => size,
        (error) => missing(error, undefined) ?? notFound(digest),
      ),
    async read(digest) {
      const bytes = await readFile(path(digest)).catch((error) => missing(error, undefined) ?? notFound(digest))
      if (sha256(bytes) !== digest) throw new ProblemError('internal', `blob ${digest} is damaged on the disk`)
      return bytes
    },
    async put(bytes, expected, onNew) {
      const digest = sha256(bytes)
      if (expected !== undefined && Sha256.parse(expected) !== digest)
        throw new ProblemError('image-mismatch', `bytes announced as ${expected} have the digest ${digest}`)
      const target = path(digest)
      const now = new Date()
      const isThere = await utimes(target, now, now)
        .then(() => readFile(target))
        .then(
          (stored) => sha256(stored) === digest,
          (error) => missing(error, false),
        )
      if (!isThere) {
        await writeDurably(bytes, join(temporary, randomUUID()), target)
        onNew?.(digest)
      }
      return digest
    },
    async isEmpty() {
      for (const folder of await readdir(root)) if ((await readdir(join(root, folder))).length > 0) return false
      return true
    },
    async sweep(keep, before, dryRun = false) {
      const swept = { removed: 0, bytes: 0 }
      if (kept > 0) return swept
      for (const folder of await readdir(root)) {
        for (const digest of await readdir(join(root, folder))) {
          if (keep.has(digest)) continue
          const { mtime, size } = await stat(join(root, folder, digest))
          if (mtime >= before) continue
          if (!dryRun) await unlink(join(root, folder, digest))
          swept.removed += 1
          swept.bytes += size
        }
      }
      return swept
    },
    async remove(digests) {
      const freed = { removed: 0, bytes: 0 }
      if (kept > 0) return freed
      for (const digest of digests) {
        const size = await stat(path(digest)).then(
          (stats) => stats.size,
          (error) => missing(error, null),
        )
        if (size === null) continue
        await unlink(path(digest))
        freed.removed += 1
        freed.bytes += size
      }
      return freed
    },
    keepAll() {
      kept += 1
      return {
        [Symbol.dispose]() {
          kept -= 1
        },
      }
    },
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function writeDurably(bytes: Uint8Array, temporary: string, target: string): Promise<void> {
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    if (await mkdir(dirname(target), { recursive: true })) await syncFolder(dirname(dirname(target)))
    await rename(temporary, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const notFound = (digest: string): never => {
  throw new ProblemError('not-found', `there is no blob ${digest}`)
}

/** A file that is not there gives `value`; a disk that fails is never taken for it. */
function missing<T>(error: NodeJS.ErrnoException, value: T): T {
  if (error.code === 'ENOENT') return value
  throw error
}
