import { hash } from 'node:crypto'
import { type BackOff, delay, sleep } from '../back-off.ts'
import { Failure } from '../failure.ts'
import { ChunkMissing, type ChunkSource } from '../sources.ts'
import { trouble } from '../trouble.ts'

/** So often one source may answer with wrong bytes, or with none, before it is no longer asked for that chunk. */
const TRIES = 3

/** Who takes a chunk: memory for it, and somebody else who digests. */
interface Taker {
  /** at least as long as the chunk may be */
  into: Buffer
  /** SHA-256 of bytes that came, hexadecimal */
  digestOf: (bytes: Buffer) => Promise<string>
}

/** Resolves with bytes whose SHA-256 is `digest`; rejects with a Failure when no source has them, or on abort. */
export type FetchChunk = (digest: string, maxBytes: number, signal: AbortSignal, taker?: Taker) => Promise<Buffer>

/**
 * Chunks from the first source that has them, verified. A source that cannot be asked is waited for, for ever:
 * a server that is away is no reason to fail a machine. `log` hears of trouble once and of its end once.
 */
export function verifiedChunks(sources: ChunkSource[], backOff: BackOff, log: (text: string) => void): FetchChunk {
  let preferred = 0
  let away = 0
  return async (digest, maxBytes, signal, taker) => {
    const digestOf = taker?.digestOf ?? ((bytes) => hash('sha256', bytes))
    const wrong = sources.map(() => 0)
    let start = preferred
    let asked = 0
    for (let failures = 0; ; ) {
      const left = sources.map((_, nth) => (start + nth) % sources.length).filter((nth) => wrong[nth]! < TRIES)
      const [current] = left
      if (current === undefined) {
        const names = sources.map(({ name }) => name)
        throw new Failure({ code: 'chunk-missing', slots: { chunk: digest, tries: TRIES, sources: names } })
      }
      const source = sources[current]!
      const bytes = await source.fetch(digest, maxBytes, signal, taker?.into).catch((error: unknown) => {
        signal.throwIfAborted()
        if (error instanceof ChunkMissing) {
          wrong[current]! += 1
          log(error.message)
        } else {
          away += 1
          // once alone is a kept connection that the server closed while it was idle
          if (away === 2) log(`${source.name} is away (${trouble(error)}); waiting for it`)
          preferred = (current + 1) % sources.length
        }
      })
      if (bytes) {
        if (away > 1) log(`${source.name} answers again`)
        away = 0
        if ((await digestOf(bytes)) === digest) return bytes
        wrong[current]! += 1
        log(`Chunk ${digest} came from ${source.name} with another digest`)
      }
      // That one lacks a chunk or is away is no reason to wait: the next source may have it. All have their turn, one that
      // answered wrongly as well as one that does not answer.
      start = (current + 1) % sources.length
      asked += 1
      if (asked < left.length) continue
      asked = 0
      failures += 1
      await sleep(delay(failures, backOff), signal)
    }
  }
}
