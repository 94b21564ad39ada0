import type { FileHandle } from 'node:fs/promises'
import type { Readable } from '@eims/medium'

/** A file as a medium is read. */
export const readable = (file: FileHandle): Readable => ({
  async read(offset, length) {
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
      if (bytesRead === 0) throw new Error(`it ends at byte ${offset + done}, and there should be more`)
      done += bytesRead
    }
    return bytes
  },
})

/** Writes all of it, in as many pieces as the system takes. @param offset in the file */
export async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten
}
