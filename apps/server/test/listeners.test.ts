import { connect } from 'node:net'
import { until } from '@eims/lab'
import t from 'tap'
import { openListener } from '../src/listen/http.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, fetchSite } from './support/machine.ts'
import { onlyWoken, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }

await t.test('each listener tells machines its own address, whatever Host they send', async (t) => {
  const site = await openSite(t, await fresh(t))
  const second = await site.listen('open', '127.0.0.2')
  for (const base of [site.open, second]) {
    const get = async (path: string) => {
      const host = 'Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close'
      const { said } = await raw(base, `GET ${path} HTTP/1.1\r\n${host}\r\n\r\n`)
      return said.slice(said.indexOf('#!ipxe'))
    }
    t.match(await get('/boot.ipxe'), `chain --replace --autofree ${base}/boot/script?`)
    const script = await get('/boot/script?arch=x86_64&platform=efi&serial=SN-1')
    const urls = script.match(/https?:\/\/[^/\s]+/g) ?? []
    t.ok(urls.length >= 4)
    t.strictSame(new Set(urls), new Set([base]))
    t.strictSame((await fetchSite(script)).servers, [base])
  }
})

/** Sends it and gives what comes back until the connection is closed. */
function raw(base: string, text: string, onConnect = () => {}): Promise<{ said: string }> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(Number(port), hostname, () => {
      socket.write(text)
      onConnect()
    })
    socket.setEncoding('latin1').on('data', (part) => {
      said += part
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve({ said }))
  })
}

// Two of Node's own timers: by the limits that are not set here it would take more than a minute.
await t.test('a slow or oversized request is ended', { timeout: 50_000 }, async (t) => {
  const site = await openSite(t, await fresh(t))
  const base = await site.listen('open', '127.0.0.1', { headers: 400, request: 800, connections: 100 })
  const slow = await raw(base, 'GET /boot.ipxe HTTP/1.1\r\nHost: ')
  t.match(slow.said, /^HTTP\/1\.1 408 /)
  const body =
    'POST /agent/v1/onboard HTTP/1.1\r\nHost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"boot'
  const halfway = await raw(base, body)
  t.match(halfway.said, /^HTTP\/1\.1 408 /)
  const head = await raw(base, `GET /boot.ipxe HTTP/1.1\r\nHost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`)
  t.match(head.said, /^HTTP\/1\.1 431 /)
  const garbage = await raw(base, '\x16\x03\x01\x02\x00 is how TLS begins\r\n\r\n')
  t.match(garbage.said, /^HTTP\/1\.1 400 /)
  t.equal((await fetch(`${base}/boot.ipxe`)).status, 200, 'others are served')
})

await t.test('there is room for so many connections, and for who asks among them', async (t) => {
  const site = await openSite(t, await fresh(t))
  const base = await site.listen('open', '127.0.0.1', { headers: 5000, request: 5000, connections: 2 })
  let connected = 0
  const held = [1, 2].map(() => raw(base, 'GET /', () => connected++))
  // The kernel hands connections over in the order in which they were made.
  await until(() => connected === 2)
  t.equal((await fetch(`${base}/boot.ipxe`)).status, 200, 'who asks is answered')
  t.match(await held[0], { said: '' }, 'in the place of the oldest that never did')
  t.equal((await fetch(`${site.open}/boot.ipxe`)).status, 200, 'another listener has room of its own')
  await Promise.all(held)
})

/** Long polls under way, as their ends. */
function watchWaits(site: Site): Promise<void>[] {
  const { waits } = site.engine
  const ends: Promise<void>[] = []
  onlyWoken(site)
  const wait = waits.wait.bind(waits)
  waits.wait = (...args) => {
    const end = wait(...args)
    ends.push(end)
    return end
  }
  return ends
}

await t.test('stopping a listener ends the long polls on it', async (t) => {
  const site = await openSite(t, await fresh(t))
  const waiting = watchWaits(site)
  const listener = await openListener(site.app, 'open', { host: '127.0.0.1', port: 0 })
  const { port } = listener.server.address() as { port: number }
  const agent = await bootAgent(`http://127.0.0.1:${port}`, machine)
  const polling = agent.next(30)
  await until(() => waiting.length > 0)
  await Promise.all([t.rejects(polling), listener[Symbol.asyncDispose]()])
  await Promise.all(waiting)
})

await t.test('an agent that hangs up is waited for no longer', async (t) => {
  const site = await openSite(t, await fresh(t))
  const waiting = watchWaits(site)
  const agent = await bootAgent(site.open, machine)
  const hangUp = new AbortController()
  const polling = agent.call('next', { body: { waitSeconds: 30 } }, { signal: hangUp.signal })
  await until(() => waiting.length > 0)
  hangUp.abort()
  await t.rejects(polling)
  await Promise.all(waiting)
})
