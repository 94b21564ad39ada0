import { ChunkMissing, type ChunkSource } from '../sources.ts'
import type { Found } from './found.ts'

/**
 * Chunks of a medium, by their digest. One that was pulled out is looked for anew at each question: put in again, it goes on, as
 * a server does that comes back. Several may be asked for at once.
 * @param again finds the medium, wherever it is now; rejects when it is not there
 */
export function mediumChunks(first: Found, again: () => Promise<Found>): ChunkSource {
  let found: Found | null = first
  let looking: Promise<Found> | null = null
  const look = async () => {
    try {
      found = await again()
      return found
    } finally {
      looking = null
    }
  }
  const here = async () => {
    looking ??= look()
    return await looking
  }
  return {
    name: 'the medium',
    async fetch(digest, maxBytes, signal) {
      signal.throwIfAborted()
      const mine = found ?? (await here())
      const place = mine.medium.places.get(digest)
      if (!place) throw new ChunkMissing(`The medium has no chunk ${digest}`)
      if (place.length > maxBytes)
        throw new ChunkMissing(`The medium’s chunk ${digest} is longer than ${maxBytes} bytes`)
      try {
        return await mine.source.read(mine.medium.base + place.offset, place.length)
      } catch (error) {
        // the first of several that fail gives the handle back; the others must not take away what was found meanwhile
        if (found === mine) {
          found = null
          await Promise.resolve(mine.disk[Symbol.asyncDispose]()).catch(() => {})
        }
        throw error
      }
    },
  }
}
