import { constants, type FileHandle, open } from 'node:fs/promises'

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
 */
export async function openDisk(path: string, mode: 'read' | 'write'): Promise<BlockDevice> {
  const file = await open(path, mode === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_EXCL).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EBUSY')
        throw new Error(`The disk ${path} is in use (mounted, or part of a RAID or volume group)`)
      throw new Error(`The disk ${path} cannot be opened: ${error.message}`)
    },
  )
  return {
    read: (offset, length) => readAll(file, path, offset, length),
    write: (offset, bytes) => writeAll(file, path, offset, bytes),
    sync: () => file.datasync().catch((error: Error) => fail(`The disk ${path} did not keep what was written`, error)),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

function fail(what: string, error: Error): never {
  throw new Error(`${what}: ${error.message}`, { cause: error })
}

async function readAll(file: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file
      .read(buffer, done, length - done, offset + done)
      .catch((error: Error) => fail(`The disk ${path} cannot be read at byte ${offset + done}`, error))
    if (bytesRead === 0) throw new Error(`The disk ${path} ends at byte ${offset + done}, before ${offset + length}`)
    done += bytesRead
  }
  return buffer
}

async function writeAll(file: FileHandle, path: string, offset: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file
      .write(bytes, done, bytes.length - done, offset + done)
      .catch((error: Error) => fail(`The disk ${path} cannot be written at byte ${offset + done}`, error))
    done += bytesWritten
  }
}
