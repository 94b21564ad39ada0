import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { until } from '@eims/lab'
import t from 'tap'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const site = await openSite(t, await fresh(t))
const ca = await makeAuthority('the site', Date.now())
const leaf = await makeLeaf(ca, { hosts: ['localhost'], addresses: ['127.0.0.1'] }, Date.now())
const certificate = { current: () => leaf, attach: () => {} }

// What ends a connection here are timers of Node and of the kernel, so the waits are real. How long one took is not
// measured: what is not set to a fraction of a second takes a minute and more, and ends the test.
const timeout = 50_000

interface Sent {
  /** what came back, when the other side has ended the connection */
  whole: Promise<string>
  /** what came back so far */
  said: () => string
  hasEnded: () => boolean
  connected: Promise<unknown>
  socket: Socket
}

function sent(base: string, text: string, from = '127.0.0.1'): Sent {
  const { hostname, port, protocol } = new URL(base)
  const to = { port: Number(port), host: hostname, localAddress: from }
  const socket = protocol === 'https:' ? connectTls({ ...to, ca: ca.certificate }) : connect(to)
  let said = ''
  socket.setEncoding('latin1').on('data', (part) => {
    said += part
  })
  socket.on('error', () => {})
  const connected = once(socket, protocol === 'https:' ? 'secureConnect' : 'connect')
  const whole = new Promise<string>((resolve) => socket.on('close', () => resolve(said)))
  socket.write(text)
  return { whole, said: () => said, hasEnded: () => socket.closed, connected, socket }
}

const post = (path: string, more: string, length = 100) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\n${more}content-length: ${length}\r\n\r\n`

await t.test(
  'an administrator’s listener does not wait for the body of a request that it refused',
  { timeout },
  async (t) => {
    for (const cert of [undefined, certificate]) {
      const base = await site.listen('admin', '127.0.0.1', { linger: 200 }, cert)
      for (const [text, status] of [
        [post('/api/v1/nodes', ''), 401],
        [post('/api/v1/nodes', `authorization: Bearer ${site.keys.viewer}\r\n`), 403],
        [post('/api/v1/nothing', ''), 404],
        [post('/healthz', '').replace('POST', 'GET'), 200],
      ] as const) {
        t.match(await sent(base, text).whole, new RegExp(`^HTTP/1.1 ${status} `))
      }
    }
  },
)

await t.test('a body that comes right after its refusal leaves the connection in use', async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { linger: 5000 })
  const call = sent(base, post('/api/v1/nodes', '', 2))
  await until(() => call.said().includes('\r\n\r\n'))
  call.socket.write(`{}GET /healthz HTTP/1.1\r\nHost: localhost\r\nconnection: close\r\n\r\n`)
  t.match(await call.whole, /^HTTP\/1\.1 401 .*HTTP\/1\.1 200 /s)
})

await t.test('so does the rest of an upload that was refused while it came', async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { linger: 20_000 })
  const { id } = await site.api('beginUpload', { body: { name: 'small', size: 10, architecture: 'x86_64' } })
  const rest = 4 * 1024 * 1024
  const call = sent(
    base,
    `PATCH /api/v1/image-uploads/${id}?offset=0 HTTP/1.1\r\nHost: localhost\r\nauthorization: Bearer ${site.keys.admin}\r\n` +
      `content-type: application/octet-stream\r\ncontent-length: ${11 + rest}\r\n\r\nelevenbytes`,
  )
  await until(() => call.said().includes('\r\n\r\n'))
  call.socket.write(Buffer.alloc(rest))
  call.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nconnection: close\r\n\r\n')
  t.match(await call.whole, /^HTTP\/1\.1 413 .*HTTP\/1\.1 200 /s)
})

await t.test('with a key, a body may take its time for an upload only', { timeout }, async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { request: 400, idle: 300 })
  const key = `authorization: Bearer ${site.keys.admin}\r\n`
  const upload = sent(
    base,
    `POST /api/v1/images/upload?name=x&architecture=x86_64&format=raw HTTP/1.1\r\nHost: localhost\r\n${key}content-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nhalf`,
  )
  await until(() => upload.socket.bytesWritten > 0)
  for (let times = 0; times < 3; times++) await sent(base, `${post('/api/v1/nodes', key)}{"ser`).whole
  const trickled = sent(base, post('/api/v1/nodes', key))
  const timer = setInterval(() => trickled.socket.write(' '), 100)
  await trickled.whole
  clearInterval(timer)
  t.notOk(upload.hasEnded(), 'it outlives four others that began after it, of which one kept sending')
  upload.socket.destroy()
  await upload.whole
})

await t.test('a request that is worked on is not cut off', { timeout }, async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { idle: 200, request: 300 })
  const key = `authorization: Bearer ${site.keys.admin}\r\n`
  const stream = sent(base, `GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n${key}\r\n`)
  await until(() => stream.said().includes('text/event-stream'))
  for (let times = 0; times < 3; times++) await sent(base, `${post('/api/v1/nodes', key)}{"ser`).whole
  t.notOk(stream.hasEnded(), 'it outlives three others that began after it')
  stream.socket.destroy()
  await stream.whole
})

/** More than the kernel may hold for both ends of a connection. */
const SIZE = 160 * 1024 * 1024
writeFileSync(join(site.dataDir, 'artifacts/x86_64/initrd.zst'), '')
truncateSync(join(site.dataDir, 'artifacts/x86_64/initrd.zst'), SIZE)

/** How much of a large file arrives at somebody who after each 8 MiB does not read for so many milliseconds. */
async function slowRead(base: string, pauses: number[]): Promise<number> {
  const { hostname, port, protocol } = new URL(base)
  const to = { port: Number(port), host: hostname }
  const socket = protocol === 'https:' ? connectTls({ ...to, ca: ca.certificate }) : connect(to)
  socket.write('GET /boot/x86_64/initrd.zst HTTP/1.1\r\nHost: localhost\r\nconnection: close\r\n\r\n')
  let got = 0
  let next = 8 * 1024 * 1024
  socket.on('error', () => {})
  socket.on('data', (part) => {
    got += part.length
    if (got < next || pauses.length === 0) return
    next += 8 * 1024 * 1024
    socket.pause()
    setTimeout(() => socket.resume(), pauses.shift())
  })
  await new Promise((resolve) => socket.on('close', resolve))
  return got
}

for (const cert of [undefined, certificate])
  await t.test(`a reply that nobody reads ends, one read slowly does not (${cert ? 'TLS' : 'plain'})`, async (t) => {
    const base = await site.listen('open', '127.0.0.1', { idle: 2000 }, cert)
    const [slow, unread] = await Promise.all([slowRead(base, Array(5).fill(500)), slowRead(base, [5000])])
    t.ok(slow > SIZE, `${slow} bytes`)
    t.ok(unread < SIZE, `${unread} bytes`)
  })

for (const cert of [undefined, certificate])
  await t.test(
    `who never sends a whole request gives way, at its own address and to none other (${cert ? 'TLS' : 'plain'})`,
    async (t) => {
      const base = await site.listen('open', '127.0.0.1', { perAddress: 3 }, cert)
      const get = 'GET /boot.ipxe HTTP/1.1\r\nHost: localhost\r\nconnection: close\r\n\r\n'
      const held = [1, 2, 3].map(() => sent(base, 'GET /'))
      for (const { connected } of held) await connected
      const ended = () => held.map(({ hasEnded }) => hasEnded())
      /** A second reply: what ended for the first one is known to have ended by then. */
      const answered = async (from: string) => {
        for (const place of [from, '127.0.0.3']) t.match(await sent(base, get, place).whole, /^HTTP\/1\.1 200 /)
      }
      await answered('127.0.0.2')
      t.strictSame(ended(), [false, false, false])
      await answered('127.0.0.1')
      t.equal(await held[0]!.whole, '', 'the oldest gave way')
      t.strictSame(ended(), [true, false, false])
      for (const { socket } of held) socket.destroy()
      await Promise.all(held.map(({ whole }) => whole))
    },
  )
