import t from 'tap'
import { verifiedChunks } from '../src/image/verified-chunks.ts'
import type { ChunkSource } from '../src/sources.ts'
import { fakeSource, noise, sha256 } from './support/image.ts'

const quick = { first: 1, cap: 2, random: () => 0.5 }
const bytes = noise(1000)
const digest = sha256(bytes)
const good = () => fakeSource(new Map([[digest, bytes]]), 'good')
const bad = () => fakeSource(new Map([[digest, noise(1000, 2)]]), 'bad')
const signal = new AbortController().signal

await t.test('a source that lacks or damages a chunk is no reason to wait: the next one is asked', async (t) => {
  const [first, second] = [bad(), good()]
  const lines: string[] = []
  const fetchChunk = verifiedChunks([first, second], quick, (line) => lines.push(line))
  t.ok((await fetchChunk(digest, 1000, signal)).equals(bytes))
  t.equal(first.asked.length, 1)
  t.equal(second.asked.length, 1)
  t.equal(lines[0], `Chunk ${digest} came from bad with another digest`)
})

await t.test('a source that is away is waited for, said once, and its return too', async (t) => {
  let away = 20
  const source: ChunkSource = {
    name: 'http://192.168.77.1:7480',
    async fetch() {
      if (away-- > 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
      return bytes
    },
  }
  const lines: string[] = []
  t.ok((await verifiedChunks([source], quick, (line) => lines.push(line))(digest, 1000, signal)).equals(bytes))
  t.strictSame(lines, [
    'http://192.168.77.1:7480 is away (fetch failed: ECONNREFUSED); waiting for it',
    'http://192.168.77.1:7480 answers again',
  ])
})

await t.test('another source is taken while one is away, and stays in use', async (t) => {
  const second = good()
  let asked = 0
  const first: ChunkSource = {
    name: 'first',
    async fetch() {
      asked += 1
      throw new Error('away')
    },
  }
  const fetchChunk = verifiedChunks([first, second], quick, () => {})
  await fetchChunk(digest, 1000, signal)
  await fetchChunk(digest, 1000, signal)
  t.equal(asked, 1)
  t.equal(second.asked.length, 2)
})

await t.test('waiting ends when the run is cancelled', async (t) => {
  const stop = new AbortController()
  const source: ChunkSource = {
    name: 'away',
    async fetch() {
      setImmediate(() => stop.abort(new Error('cancelled')))
      throw new Error('away')
    },
  }
  const slow = { first: 60_000, cap: 60_000, random: () => 1 }
  await t.rejects(verifiedChunks([source], slow, () => {})(digest, 1000, stop.signal))
})

await t.test('a mirror that is switched off does not keep a source from its next try', async (t) => {
  const off: ChunkSource = { name: 'mirror', fetch: () => Promise.reject(new Error('away')) }
  const answers = [noise(1000, 2), bytes]
  const service: ChunkSource = { name: 'service', fetch: async () => answers.shift()! }
  t.ok((await verifiedChunks([off, service], quick, () => {})(digest, 1000, signal)).equals(bytes))
})
