import { ChunkMissing, type ChunkSource } from '../sources.ts'
import type { Found } from './found.ts'

/**
 * Chunks of a medium, by their digest. One that was pulled out is looked for anew at each question: put in again, it goes on, as
 * a server does that comes back.
 * @param again finds the medium, wherever it is now; rejects when it is not there
 */
export function mediumChunks(first: Found, again: () => Promise<Found>): ChunkSource {
  let found: Found | null = first
  return {
    name: 'the medium',
    async fetch(digest, maxBytes, signal) {
      signal.throwIfAborted()
      found ??= await again()
      const place = found.medium.places.get(digest)
      if (!place) throw new ChunkMissing(`The medium has no chunk ${digest}`)
      if (place.length > maxBytes)
        throw new ChunkMissing(`The medium’s chunk ${digest} is longer than ${maxBytes} bytes`)
      try {
        return await found.source.read(found.medium.base + place.offset, place.length)
      } catch (error) {
        const gone = found.disk
        found = null
        await Promise.resolve(gone[Symbol.asyncDispose]()).catch(() => {})
        throw error
      }
    },
  }
}
