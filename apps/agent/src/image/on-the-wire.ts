import type { ChunkSource } from '../sources.ts'

/** Chunks on the wire at once, however large: two fill a gigabit, and no more are fetched again when the server dies. */
const ALWAYS = 2
/** More of them as long as they have so many bytes together: small ones wait for the way to the server and back. */
const BYTES = 4 * 1024 * 1024

/** The same sources, asked for few chunks at once; further ones wait in order. */
export function onTheWire(sources: ChunkSource[]): ChunkSource[] {
  const now = { count: 0, bytes: 0 }
  const waiting: { bytes: number; go: () => void }[] = []
  const admit = () => {
    while (waiting[0] && (now.count < ALWAYS || now.bytes + waiting[0].bytes <= BYTES)) {
      const next = waiting.shift()!
      now.count += 1
      now.bytes += next.bytes
      next.go()
    }
  }
  return sources.map((source) => ({
    name: source.name,
    async fetch(digest, maxBytes, signal, into) {
      await new Promise<void>((go) => {
        waiting.push({ bytes: maxBytes, go })
        admit()
      })
      try {
        signal.throwIfAborted()
        return await source.fetch(digest, maxBytes, signal, into)
      } finally {
        now.count -= 1
        now.bytes -= maxBytes
        admit()
      }
    },
  }))
}
