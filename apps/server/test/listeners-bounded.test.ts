import { truncateSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const site = await openSite(t, await fresh(t))
const ca = await makeAuthority('the site', Date.now())
const leaf = await makeLeaf(ca, { hosts: ['localhost'], addresses: ['127.0.0.1'] }, Date.now())
const certificate = { current: () => leaf, attach: () => {} }

type Said = { said: string; took: number }

/** Sends it and gives what comes back until the other side ends the connection, with the milliseconds that took. */
function sent(base: string, text: string, from = '127.0.0.1'): Promise<Said> & { socket: Socket } {
  const { hostname, port, protocol } = new URL(base)
  const began = performance.now()
  const to = { port: Number(port), host: hostname, localAddress: from }
  const socket = protocol === 'https:' ? connectTls({ ...to, ca: ca.certificate }) : connect(to)
  const whole = new Promise<Said>((resolve) => {
    let said = ''
    socket.setEncoding('latin1').on('data', (part) => {
      said += part
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve({ said, took: performance.now() - began }))
  })
  socket.write(text)
  return Object.assign(whole, { socket })
}

const post = (path: string, more: string, length = 100) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\n${more}content-length: ${length}\r\n\r\n`

await t.test('an administrator’s listener does not wait for the body of a request that it refused', async (t) => {
  for (const cert of [undefined, certificate]) {
    const base = await site.listen('admin', '127.0.0.1', { linger: 200 }, cert)
    for (const [text, status] of [
      [post('/api/v1/nodes', ''), 401],
      [post('/api/v1/nodes', `authorization: Bearer ${site.keys.viewer}\r\n`), 403],
      [post('/api/v1/nothing', ''), 404],
      [post('/healthz', '').replace('POST', 'GET'), 200],
    ] as const) {
      const { said, took } = await sent(base, text)
      t.match(said, new RegExp(`^HTTP/1.1 ${status} `))
      t.ok(took < 2000, `${status} after ${took} ms`)
    }
  }
})

await t.test('a body that comes right after its refusal leaves the connection in use', async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { linger: 300 })
  const call = sent(base, post('/api/v1/nodes', '', 2))
  await sleep(100)
  call.socket.write(`{}GET /healthz HTTP/1.1\r\nHost: localhost\r\nconnection: close\r\n\r\n`)
  t.match((await call).said, /^HTTP\/1\.1 401 .*HTTP\/1\.1 200 /s)
})

await t.test('with a key, a body may take its time for an upload only', async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { request: 400, idle: 300 })
  const key = `authorization: Bearer ${site.keys.admin}\r\n`
  const slow = await sent(base, `${post('/api/v1/nodes', key)}{"ser`)
  t.ok(slow.took < 2000, `${slow.took} ms`)
  const trickled = sent(base, post('/api/v1/nodes', key))
  const timer = setInterval(() => trickled.socket.write(' '), 100)
  const { took } = await trickled
  clearInterval(timer)
  t.ok(took < 2000, `${took} ms, though bytes kept coming`)
  const upload = sent(
    base,
    `POST /api/v1/images/upload?name=x&architecture=x86_64&format=raw HTTP/1.1\r\nHost: localhost\r\n${key}content-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nhalf`,
  )
  t.equal(await Promise.race([upload, sleep(1200, 'under way')]), 'under way')
  upload.socket.destroy()
  await upload
})

await t.test('a request that is worked on is not cut off', async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { idle: 200, request: 300 })
  const key = `authorization: Bearer ${site.keys.admin}\r\n`
  const stream = sent(base, `GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n${key}\r\n`)
  t.equal(await Promise.race([stream, sleep(1000, 'under way')]), 'under way')
  stream.socket.destroy()
  await stream
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
      await sleep(200)
      t.match((await sent(base, get, '127.0.0.2')).said, /^HTTP\/1\.1 200 /)
      t.equal(await Promise.race([...held, sleep(200, 'all are there')]), 'all are there')
      t.match((await sent(base, get)).said, /^HTTP\/1\.1 200 /)
      t.match(await held[0], { said: '' }, 'the oldest gave way')
      t.equal(await Promise.race([...held.slice(1), sleep(200, 'both are there')]), 'both are there')
      for (const { socket } of held) socket.destroy()
      await Promise.all(held)
    },
  )
