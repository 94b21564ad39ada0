import { constants, type FileHandle, open } from 'node:fs/promises'
import type { SlotsOf } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { isOnPages, PAGE } from './pages.ts'

/** A disk opened by its node (or a file that stands for one). Offsets and lengths are bytes. */
export interface BlockDevice extends AsyncDisposable {
  /** @param into memory that the bytes may be read to, instead of some of their own */
  read(offset: number, length: number, into?: Buffer): Promise<Buffer>
  /** whole pages (pages.ts) go past the kernel's cache: they are on their way to the disk when it resolves */
  write(offset: number, bytes: Uint8Array): Promise<void>
  /** whether whole pages go past the kernel's cache, so that nothing of them waits for a sync but in the disk itself */
  readonly direct?: boolean
  /** data reached the disk: errors of earlier writes come out here */
  sync(): Promise<void>
}

/**
 * Opens a disk. For writing it is claimed (O_EXCL on a block device, open(2)): a disk that is mounted or
 * part of a RAID gives EBUSY instead of being overwritten.
 * @throws Failure, as its methods do: disk-in-use, disk-error, disk-ends
 */
export async function openDisk(path: string, mode: 'read' | 'write'): Promise<BlockDevice> {
  const file = await open(path, mode === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_EXCL).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EBUSY') throw new Failure({ code: 'disk-in-use', slots: { disk: path } }, error)
      throw diskError(path, 'open', null, error)
    },
  )
  const direct = await pastCache(file, mode)
  const ways: Ways = { cached: file, direct }
  return {
    read: (offset, length, into) =>
      readAll(ways, path, offset, into?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length)),
    write: (offset, bytes) => writeAll(ways, path, offset, bytes),
    get direct() {
      return ways.direct !== null
    },
    sync: () =>
      file.datasync().catch((error: Error) => {
        throw diskError(path, 'sync', null, error)
      }),
    async [Symbol.asyncDispose]() {
      await direct?.close()
      await file.close()
    },
  }
}

/** The same disk twice: through the kernel's cache, and past it where that can be. */
interface Ways {
  cached: FileHandle
  direct: FileHandle | null
}

async function pastCache(file: FileHandle, mode: 'read' | 'write'): Promise<FileHandle | null> {
  const flags = (mode === 'read' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_DIRECT
  // by the descriptor it is the same disk, whatever is called by its name meanwhile
  return await open(`/proc/self/fd/${file.fd}`, flags).catch(() => null)
}

/** The way for these bytes: the cache, and the bytes past it, never share a page. */
const wayFor = ({ cached, direct }: Ways, offset: number, bytes: ArrayBufferView): FileHandle =>
  direct && offset % PAGE === 0 && isOnPages(bytes) ? direct : cached

/** A disk that wants other addresses than whole pages is used through the cache from then on. */
async function orCached<T>(ways: Ways, way: FileHandle, transfer: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await transfer(way)
  } catch (error) {
    if (way === ways.cached || (error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
    ways.direct = null
    return await transfer(ways.cached)
  }
}

function diskError(disk: string, doing: SlotsOf<'disk-error'>['doing'], offset: number | null, error: Error): Failure {
  return new Failure({ code: 'disk-error', slots: { disk, doing, offset, text: error.message } }, error)
}

async function readAll(ways: Ways, path: string, offset: number, buffer: Buffer): Promise<Buffer> {
  const { length } = buffer
  for (let done = 0; done < length; ) {
    const at = offset + done
    const left = buffer.subarray(done)
    const { bytesRead } = await orCached(ways, wayFor(ways, at, left), (file) =>
      file.read(left, 0, left.length, at),
    ).catch((error: Error) => {
      throw diskError(path, 'read', at, error)
    })
    if (bytesRead === 0)
      throw new Failure({ code: 'disk-ends', slots: { disk: path, offset: at, wanted: offset + length } })
    done += bytesRead
  }
  return buffer
}

async function writeAll(ways: Ways, path: string, offset: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = offset + done
    const left = bytes.subarray(done)
    const { bytesWritten } = await orCached(ways, wayFor(ways, at, left), (file) =>
      file.write(left, 0, left.length, at),
    ).catch((error: Error) => {
      throw diskError(path, 'write', at, error)
    })
    done += bytesWritten
  }
}
