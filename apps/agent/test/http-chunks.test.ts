import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { httpChunks } from '../src/http/chunks.ts'
import { ChunkMissing } from '../src/sources.ts'
import { noise } from './support/image.ts'

const bytes = noise(300_000)
const digest = 'a'.repeat(64)
const seen: (string | undefined)[] = []
const server = createServer((request, response) => {
  seen.push(request.headers.authorization)
  const kind = new URL(request.url!, 'http://x').pathname.slice('/blobs/'.length)
  if (kind === digest) response.end(bytes)
  else if (kind === 'cut') {
    const cut = () => request.socket.destroy()
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000), cut)
  } else if (kind === 'moved')
    response
      .writeHead(302, { location: `http://localhost:${(server.address() as AddressInfo).port}/blobs/${digest}` })
      .end()
  else if (kind === 'round') response.writeHead(307, { location: '/blobs/round' }).end()
  else response.writeHead(Number(kind)).end('no')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
t.teardown(() => {
  server.close()
  server.closeAllConnections()
})
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const { signal } = new AbortController()
const chunks = httpChunks(base, () => 's-1')

await t.test('bytes by digest, with the session', async (t) => {
  t.ok((await chunks.fetch(digest, bytes.length, signal)).equals(bytes))
  t.equal(seen[0], 'Bearer s-1')
  await httpChunks(base, () => null).fetch(digest, bytes.length, signal)
  t.equal(seen[1], undefined)
})

await t.test('a chunk that is not there, or longer than announced, counts against the source', async (t) => {
  const asked: [string, number][] = [
    ['404', 10],
    ['410', 10],
    [digest, bytes.length - 1],
  ]
  for (const [chunk, maxBytes] of asked) {
    const error: unknown = await chunks.fetch(chunk, maxBytes, signal).catch((error: unknown) => error)
    t.ok(error instanceof ChunkMissing, chunk)
  }
})

await t.test('a mirror may send on, and no session goes to another origin', async (t) => {
  seen.length = 0
  t.ok((await chunks.fetch('moved', bytes.length, signal)).equals(bytes))
  t.strictSame(seen, ['Bearer s-1', undefined])
  await t.rejects(chunks.fetch('round', bytes.length, signal), { message: 'sends on more than 5 times' })
})

await t.test('trouble of the server is no verdict about the chunk', async (t) => {
  for (const kind of ['500', '503', '401', 'cut']) {
    const error: unknown = await chunks.fetch(kind, bytes.length, signal).catch((error: unknown) => error)
    t.type(error, Error, kind)
    t.notOk(error instanceof ChunkMissing, kind)
  }
})

await t.test('an abort ends it', async (t) => {
  const stop = new AbortController()
  stop.abort(new Error('cancelled'))
  await t.rejects(chunks.fetch(digest, bytes.length, stop.signal), { message: 'cancelled' })
})
