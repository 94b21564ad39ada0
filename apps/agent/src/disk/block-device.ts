import { constants, type FileHandle, open } from 'node:fs/promises'
import type { SlotsOf } from '@eims/contracts'
import { Failure } from '../failure.ts'

/** A disk opened by its node (or a file that stands for one). Offsets and lengths are bytes. */
export interface BlockDevice extends AsyncDisposable {
  read(offset: number, length: number): Promise<Buffer>
  write(offset: number, bytes: Uint8Array): Promise<void>
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
  return {
    read: (offset, length) => readAll(file, path, offset, length),
    write: (offset, bytes) => writeAll(file, path, offset, bytes),
    sync: () =>
      file.datasync().catch((error: Error) => {
        throw diskError(path, 'sync', null, error)
      }),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

function diskError(disk: string, doing: SlotsOf<'disk-error'>['doing'], offset: number | null, error: Error): Failure {
  return new Failure({ code: 'disk-error', slots: { disk, doing, offset, text: error.message } }, error)
}

async function readAll(file: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let done = 0; done < length; ) {
    const at = offset + done
    const { bytesRead } = await file.read(buffer, done, length - done, at).catch((error: Error) => {
      throw diskError(path, 'read', at, error)
    })
    if (bytesRead === 0)
      throw new Failure({ code: 'disk-ends', slots: { disk: path, offset: at, wanted: offset + length } })
    done += bytesRead
  }
  return buffer
}

async function writeAll(file: FileHandle, path: string, offset: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = offset + done
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at).catch((error: Error) => {
      throw diskError(path, 'write', at, error)
    })
    done += bytesWritten
  }
}
