import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Rejects with `disk-full` unless so many bytes more leave free what is kept for the registry, which has the same disk. */
export type Room = (bytes: number, what: string) => Promise<void>

/** So many bytes are asked for at once. */
const AHEAD = 1024 * 1024

/**
 * Writes texts to a file, in UTF-8. On an error nothing of it is left.
 * @param bounds.what what is written, as an error calls it
 * @param bounds.most bytes that it may have
 * @param bounds.tooLarge the error beyond them
 * @returns bytes
 * @throws what `tooLarge` gives; `disk-full`
 */
export async function writeBounded(
  path: string,
  texts: AsyncIterable<string>,
  { what, most, tooLarge, room }: { what: string; most: number; tooLarge: () => Error; room: Room },
): Promise<number> {
  let bytes = 0
  let granted = 0
  const within = async function* () {
    for await (const text of texts) {
      bytes += Buffer.byteLength(text)
      if (bytes > most) throw tooLarge()
      if (bytes > granted) {
        await room(bytes - granted + AHEAD, what)
        granted = bytes + AHEAD
      }
      yield text
    }
  }
  try {
    await pipeline(Readable.from(within()), createWriteStream(path, { mode: 0o600 }))
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return bytes
}
