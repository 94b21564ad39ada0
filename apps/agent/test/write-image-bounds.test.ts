import t from 'tap'
import { writeFrames } from '../src/image/write-frames.ts'
import { fakeImage, noise } from './support/image.ts'

await t.test('two chunks on the wire, four frames in memory, a sync in every 64 MiB', async (t) => {
  const { manifest, chunks } = fakeImage(noise(16 * 1024 * 1024), 256 * 1024)
  const now = { wire: 0, memory: 0 }
  const most = { wire: 0, memory: 0 }
  const up = (what: 'wire' | 'memory') => {
    now[what] += 1
    most[what] = Math.max(most[what], now[what])
  }
  const synced: number[] = []
  let written = 0
  await writeFrames({
    // the same 16 MiB ten times over
    frames: Array.from({ length: 10 }, () => manifest.frames).flat(),
    signal: new AbortController().signal,
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
    async fetchChunk(digest) {
      up('wire')
      up('memory')
      await new Promise((resolve) => setImmediate(resolve))
      now.wire -= 1
      return chunks.get(digest)!
    },
    onWritten: () => {},
  })
  t.strictSame(most, { wire: 2, memory: 4 })
  t.equal(written, 160 * 1024 * 1024)
  t.equal(synced.length, 2)
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
