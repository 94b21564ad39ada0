import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Problem } from '@eims/contracts'
import t from 'tap'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// One promise: bytes that never become a request are answered like every other error.

const { fresh } = await startDatabases(t)
const site = await openSite(t, await fresh(t))
const ca = await makeAuthority('the site', Date.now())
const leaf = await makeLeaf(ca, { hosts: ['localhost'], addresses: ['127.0.0.1'] }, Date.now())
const certificate = { current: () => leaf, attach: () => {} }

/** All that comes back until the connection ends. `then` follows the first of it. */
function sent(base: string, text: string, then = ''): Promise<string> {
  const { hostname, port, protocol } = new URL(base)
  const to = { port: Number(port), host: hostname }
  const socket = protocol === 'https:' ? connectTls({ ...to, ca: ca.certificate }) : connect(to)
  return new Promise((resolve, reject) => {
    let said = ''
    socket.setEncoding('utf8').on('data', (part) => {
      said += part
      if (then !== '') socket.write(then)
      then = ''
    })
    socket.on('error', reject).on('close', () => resolve(said))
    socket.write(text)
  })
}

const get = (more: string) => `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`
const authorized = `authorization: Bearer ${site.keys.admin}\r\n`
const post = `POST /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\n${authorized}content-type: application/json\r\n`
const cases: [string, string, number, string][] = [
  ['headers without end', get(`cookie: ${'x'.repeat(200_000)}\r\n`), 431, 'headers-too-large'],
  ['a long address', get('').replace('/healthz', `/healthz?a=${'x'.repeat(17_000)}`), 431, 'headers-too-large'],
  ['a method that nobody knows', get('').replace('GET', 'FETCH'), 400, 'invalid-input'],
  ['no HTTP', 'EHLO a\r\n\r\n', 400, 'invalid-input'],
  ['no host', get('').replace('Host: localhost\r\n', ''), 400, 'invalid-input'],
  ['a broken chunk', `${post}transfer-encoding: chunked\r\n\r\nzz\r\n`, 400, 'invalid-input'],
  ['two lengths', `${post}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n{}`, 400, 'invalid-input'],
  ['headers that do not come', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n', 408, 'too-slow'],
  ['a body that does not come', `${post}content-length: 9\r\n\r\n{`, 408, 'too-slow'],
]

await t.test('each is told what was wrong', async (t) => {
  for (const cert of [undefined, certificate])
    for (const kind of ['admin', 'open'] as const) {
      const limits = { headers: 300, request: 600, linger: 100 }
      const base = await site.listen(kind, '127.0.0.1', limits, cert)
      for (const [what, text, status, code] of cases) {
        const said = await sent(
          base,
          text.replace('/api/v1/nodes', kind === 'open' ? '/agent/v1/onboard' : '/api/v1/nodes'),
        )
        const [head = '', body = ''] = said.split('\r\n\r\n')
        t.match(head, new RegExp(`^HTTP/1.1 ${status} `), `${kind} ${what}`)
        t.match(head, /Content-Type: application\/problem\+json\r\n/)
        t.match(head, /Connection: close/)
        t.match(Problem.parse(JSON.parse(body)), { code, status, detail: /\w+ \w+/ }, what)
      }
    }
})

await t.test('a reply that was given stays whole', async (t) => {
  const base = await site.listen('admin', '127.0.0.1', { linger: 100 })
  const said = await sent(base, get(''), 'nonsense\r\n\r\n')
  t.match(said, /^HTTP\/1\.1 200 .*\{"ok":true,"broken":\[\],"server":"server-1","away":\[\]\}HTTP\/1\.1 400 /s)
})
