import { createHash } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { ProblemError } from '@eims/contracts'
import { interruptible } from './interruptible.ts'
import { type Space, STRIDE } from './space.ts'

const MEGABYTE = 1024 * 1024

/** An image file as it was published, open for reading. */
export interface SourceFile {
  file: FileHandle
  size: number
  /** Throws `image-mismatch` when somebody wrote to the file since it was opened. */
  assertUnchanged(): Promise<void>
}

/** Opens a file of this server. Throws `invalid-input` naming `body.path`, or `image-unreadable` when it is empty. */
export async function openSource(path: string): Promise<SourceFile> {
  // without O_NONBLOCK the open of a named pipe would wait for a writer
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) =>
    badPath(path, error.code === 'ENOENT' ? 'does not exist on the server' : `cannot be opened (${error.code})`),
  )
  try {
    const before = await file.stat({ bigint: true })
    if (!before.isFile()) badPath(path, 'is not a regular file')
    return sourceOf(file, before)
  } catch (error) {
    await file.close()
    throw error
  }
}

interface ReceiveLimits {
  folder: string
  /** of the whole file */
  maxBytes: number
  space: Space
  signal?: AbortSignal | undefined
  /** bytes of the whole file, once that is known */
  announced?: () => number | null
  /** told the bytes of the file that are here */
  onBytes?: (bytes: number) => void
}

/**
 * Writes an upload to the end of an open file as it comes.
 *
 * @param size bytes that are in the file
 * @param onChunk sees every piece before it is written
 * @throws `too-large`, `disk-full`; `image-unreadable` when the upload breaks off: what came until then is in the file
 */
export async function receive(
  upload: AsyncIterable<Uint8Array>,
  file: FileHandle,
  size: number,
  { folder, maxBytes, space, signal, announced, onBytes }: ReceiveLimits,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<void> {
  let allowed = 0
  for await (const chunk of received(upload, signal)) {
    if (size + chunk.length > maxBytes) throw new ProblemError('too-large', `the image has more than ${maxBytes} bytes`)
    if (size + chunk.length > allowed) {
      const rest = (announced?.() ?? 0) - size
      await space.require(folder, Math.max(rest, chunk.length + STRIDE), 'the image file')
      allowed = size + chunk.length + STRIDE
    }
    onChunk?.(chunk)
    await file.writeFile(chunk)
    size += chunk.length
    onBytes?.(size)
  }
}

/**
 * Writes an upload to a new file and hashes it on the way. The caller removes the file.
 *
 * @throws as `receive`; `image-unreadable` when it is empty
 */
export async function spoolUpload(
  upload: AsyncIterable<Uint8Array>,
  path: string,
  limits: ReceiveLimits,
): Promise<SourceFile & { sha256: string }> {
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  try {
    await receive(upload, file, 0, limits, (chunk) => hash.update(chunk))
  } finally {
    await file.close()
  }
  // opened anew, because programs read on from a file's position
  return { ...(await openSource(path)), sha256: hash.digest('hex') }
}

/** SHA-256 of a whole open file; leaves its position alone. `onProgress` is told how far it is, 0 to 1. */
export async function hashFile(
  { file, size }: SourceFile,
  signal?: AbortSignal,
  onProgress?: (progress: number) => void,
): Promise<string> {
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of readAll(file, signal)) {
    hash.update(chunk)
    done += chunk.length
    onProgress?.(done / size)
  }
  return hash.digest('hex')
}

/** The last bytes of a file, fewer if it is shorter. */
export async function readTail({ file, size }: SourceFile, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, Math.max(0, size - bytes))
  return buffer.subarray(0, bytesRead)
}

/** The first bytes of a file, fewer if it is shorter. */
export async function readHead({ file }: SourceFile, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}

/**
 * A file from byte `start` up to `end` or its end, in pieces of a megabyte, independent of its position. Each is gone when
 * the next one is asked for.
 */
export async function* readAll(
  file: FileHandle,
  signal?: AbortSignal,
  start = 0,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer, void> {
  const piece = Buffer.allocUnsafeSlow(Math.min(MEGABYTE, end - start))
  for (let position = start; position < end; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(piece, 0, Math.min(MEGABYTE, end - position), position)
    if (bytesRead === 0) return
    yield piece.subarray(0, bytesRead)
    position += bytesRead
  }
}

async function* received(upload: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  try {
    for await (const piece of interruptible(upload, signal)) {
      bytes += piece.length
      yield piece
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ProblemError) throw error
    throw new ProblemError('image-unreadable', `the upload broke off after ${bytes} bytes: ${(error as Error).message}`)
  }
}

function sourceOf(file: FileHandle, before: BigIntStats): SourceFile {
  if (before.size === 0n) throw new ProblemError('image-unreadable', 'the image file is empty')
  return {
    file,
    size: Number(before.size),
    async assertUnchanged() {
      const now = await file.stat({ bigint: true })
      if (now.size !== before.size || now.mtimeNs !== before.mtimeNs)
        throw new ProblemError('image-mismatch', 'the image file was changed while it was read: add it again')
    },
  }
}

/** Refuses a path of a request. */
export function badPath(path: string, what: string): never {
  throw new ProblemError('invalid-input', `${path} ${what}`, [{ path: 'body.path', message: what }])
}
