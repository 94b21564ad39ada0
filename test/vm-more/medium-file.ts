import { type FileHandle, open } from 'node:fs/promises'
import { ImageManifest } from '@eims/contracts'
import { type Customization, encodeCustomization, type Medium, openMedium, RESERVED } from '@eims/medium'

/** A medium in a file, to be spoilt in ways that no verb offers. */
async function withFile<T>(
  path: string,
  use: (file: FileHandle, medium: Medium, read: (offset: number, length: number) => Promise<Buffer>) => Promise<T>,
): Promise<T> {
  await using file = await open(path, 'r+')
  const read = async (offset: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    if (bytesRead !== length) throw new Error(`${path} ends at byte ${offset + bytesRead}`)
    return buffer
  }
  const medium = await openMedium({ read })
  if (!medium) throw new Error(`${path} is no medium`)
  return await use(file, medium, read)
}

/** What no `customize` writes: it is whole, and what it says may be wrong. */
export const writeReserved = (path: string, customization: Customization): Promise<void> =>
  withFile(path, async (file, { base }) => {
    await file.write(encodeCustomization(customization), 0, RESERVED.length, base + RESERVED.offset)
  })

/**
 * Turns one bit in the middle frame of the first profile's image; once more turns it back.
 * @returns the frame's SHA-256
 */
export const flipBit = (path: string): Promise<string> =>
  withFile(path, async (file, { base, directory, places }, read) => {
    const at = (digest: string) => ({ ...places.get(digest)!, offset: base + places.get(digest)!.offset })
    const manifest = at(directory.profiles[0]!.image.manifestSha256)
    const { frames } = ImageManifest.parse(JSON.parse((await read(manifest.offset, manifest.length)).toString('utf8')))
    const { sha256 } = frames.at(frames.length >> 1)!
    const { offset, length } = at(sha256)
    const place = offset + Math.floor(length / 2)
    const byte = await read(place, 1)
    byte[0]! ^= 0x10
    await file.write(byte, 0, 1, place)
    return sha256
  })
