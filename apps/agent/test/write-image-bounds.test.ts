import t from 'tap'
import { onTheWire } from '../src/image/on-the-wire.ts'
import { threadsFor } from '../src/image/unpackers.ts'
import { verifiedChunks } from '../src/image/verified-chunks.ts'
import { writeFrames } from '../src/image/write-frames.ts'
import { fakeImage, noise } from './support/image.ts'

const MIB = 1024 * 1024
const noWait = { first: 1, cap: 1, random: () => 1 }

for (const [name, frameBytes, wire, threads] of [
  ['large chunks are two on the wire', 4 * MIB, 2, 2],
  ['small ones as many as there is room for', 256 * 1024, 4, 2],
  ['one thread has three frames in memory', 4 * MIB, 2, 1],
] as const)
  await t.test(`${name}; a sync in every 64 MiB`, async (t) => {
    const { manifest, chunks } = fakeImage(noise(16 * MIB), frameBytes)
    const now = { wire: 0, memory: 0 }
    const most = { wire: 0, memory: 0 }
    const up = (what: 'wire' | 'memory') => {
      now[what] += 1
      most[what] = Math.max(most[what], now[what])
    }
    const source = {
      name: 'source',
      async fetch(digest: string) {
        up('wire')
        await new Promise((resolve) => setImmediate(resolve))
        now.wire -= 1
        return chunks.get(digest)!
      },
    }
    const fetchChunk = verifiedChunks(onTheWire([source]), noWait, () => {})
    const synced: number[] = []
    let written = 0
    await writeFrames({
      // the same 16 MiB ten times over
      frames: Array.from({ length: 10 }, () => manifest.frames).flat(),
      signal: new AbortController().signal,
      threads,
      disk: {
        read: () => Promise.reject(new Error('nothing is read here')),
        async write(_offset, bytes) {
          await new Promise((resolve) => setImmediate(resolve))
          written += bytes.length
          now.memory -= 1
        },
        sync: async () => void synced.push(written),
        [Symbol.asyncDispose]: async () => {},
      },
      fetchChunk(...chunk) {
        up('memory')
        return fetchChunk(...chunk)
      },
      onWritten: () => {},
    })
    t.strictSame(most, { wire, memory: threads + 2 })
    t.equal(written, 160 * MIB)
    t.equal(synced.length, 2)
  })

await t.test('a thread for each core, two at most, and one where memory is short', async (t) => {
  const GIB = 1024 * MIB
  const machines = [
    [1, 64 * GIB, 1],
    [2, GIB, 1],
    [2, 2 * GIB, 2],
    [64, 256 * GIB, 2],
    [4, 256 * MIB, 1],
  ] as const
  for (const [cores, memory, threads] of machines) t.equal(threadsFor(cores, memory), threads, `${cores} ${memory}`)
})

await t.test('a sync that fails on the way ends the writing', async (t) => {
  const { manifest, chunks } = fakeImage(noise(4 * 1024 * 1024))
  let written = 0
  const writing = writeFrames({
    frames: Array.from({ length: 40 }, () => manifest.frames).flat(),
    signal: new AbortController().signal,
    disk: {
      read: () => Promise.reject(new Error('nothing is read here')),
      async write(_offset, bytes) {
        written += bytes.length
      },
      sync: () => Promise.reject(new Error('The disk did not keep what was written')),
      [Symbol.asyncDispose]: async () => {},
    },
    fetchChunk: async (digest) => chunks.get(digest)!,
    onWritten: () => {},
  })
  await t.rejects(writing, { message: 'The disk did not keep what was written' })
  t.ok(written < 84 * 1024 * 1024, `${written} bytes were written`)
})
