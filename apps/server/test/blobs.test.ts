import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { until } from '@eims/lab'
import fastify from 'fastify'
import t from 'tap'
import { blobRoutes } from '../src/http/blobs.ts'

const directory = t.testdir()
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const pathOf = (digest: string) => join(directory, 'sha256', digest.slice(0, 2), digest)
/** Of one piece, of some and a rest, of none. */
const blobs = [1000, 1_300_000, 3_000_001, 512 * 1024, 0].map((length) => {
  const bytes = randomBytes(length)
  const digest = sha256(bytes)
  mkdirSync(join(directory, 'sha256', digest.slice(0, 2)), { recursive: true })
  writeFileSync(pathOf(digest), bytes)
  return { digest, bytes }
})

// closing would else wait for a connection of fetch that has stayed without a request
const app = fastify({ forceCloseConnections: true })
app.addHook('onRequest', async (_request, reply) => void reply.header('x-of-a-hook', 'is kept'))
let replies = 0
app.addHook('onResponse', async () => {
  replies += 1
})
const tools = join(directory, 'tools')
mkdirSync(tools)
await blobRoutes(app, { directory }, { toolFiles: (digest) => [join(tools, 'none', digest), join(tools, digest)] })
const base = await app.listen({ host: '127.0.0.1', port: 0 })
t.teardown(() => app.close())

const openBlobs = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(join(directory, 'sha256'))
    } catch {
      return false
    }
  })

await t.test('whole blobs to many at once, each its own bytes', async (t) => {
  const asked = Array.from({ length: 60 }, (_, nth) => blobs[nth % blobs.length]!)
  const came = await Promise.all(
    asked.map(async ({ digest }) => (await fetch(`${base}/blobs/${digest}`)).arrayBuffer()),
  )
  for (const [nth, bytes] of came.entries()) t.equal(sha256(Buffer.from(bytes)), asked[nth]!.digest)
  await until(() => replies === 60)
  t.strictSame(openBlobs(), [])
})

await t.test('it may be kept for ever, and says what it is', async (t) => {
  const { headers } = await fetch(`${base}/blobs/${blobs[1]!.digest}`)
  t.match(Object.fromEntries(headers), {
    'content-type': 'application/octet-stream',
    'content-length': '1300000',
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
    'last-modified': / GMT$/,
    'x-of-a-hook': 'is kept',
  })
})

await t.test('a part, and what has not changed', async (t) => {
  const { digest, bytes } = blobs[1]!
  const ask = (headers: Record<string, string>) => fetch(`${base}/blobs/${digest}`, { headers })
  const part = await ask({ range: 'bytes=1000000-1000099' })
  t.equal(part.status, 206)
  t.ok(bytes.subarray(1_000_000, 1_000_100).equals(Buffer.from(await part.arrayBuffer())))
  const since = (await ask({})).headers.get('last-modified')!
  // fetch would ask for what is not from a cache
  const again = await app.inject({ url: `/blobs/${digest}`, headers: { 'if-modified-since': since } })
  t.equal(again.statusCode, 304)
})

await t.test('whoever goes away leaves nothing open', async (t) => {
  for (let times = 0; times < 5; times++) {
    const request = get(`${base}/blobs/${blobs[2]!.digest}`)
    await new Promise((resolve) => request.on('response', (response) => response.once('data', resolve)))
    request.destroy()
  }
  await until(() => openBlobs().length === 0)
  t.pass('the files were closed')
})

await t.test('a file that ends early cuts the connection: half a chunk never looks whole', async (t) => {
  const bytes = randomBytes(30_000_000)
  const digest = sha256(bytes)
  mkdirSync(join(directory, 'sha256', digest.slice(0, 2)), { recursive: true })
  writeFileSync(pathOf(digest), bytes)
  const response = await fetch(`${base}/blobs/${digest}`)
  truncateSync(pathOf(digest), 1000)
  await t.rejects(response.arrayBuffer())
  await until(() => openBlobs().length === 0)
})

await t.test('an archive of tools is served by its digest as a chunk is', async (t) => {
  const bytes = randomBytes(100_000)
  writeFileSync(join(tools, sha256(bytes)), bytes)
  const reply = await fetch(`${base}/blobs/${sha256(bytes)}`)
  t.equal(reply.status, 200)
  t.ok(bytes.equals(Buffer.from(await reply.arrayBuffer())))
})

await t.test('and so is the rest of it, to who has its beginning', async (t) => {
  const bytes = randomBytes(100_000)
  writeFileSync(join(tools, sha256(bytes)), bytes)
  const part = await fetch(`${base}/blobs/${sha256(bytes)}`, { headers: { range: 'bytes=40000-' } })
  t.equal(part.status, 206)
  t.equal(part.headers.get('content-range'), 'bytes 40000-99999/100000')
  t.ok(bytes.subarray(40_000).equals(Buffer.from(await part.arrayBuffer())))
})
