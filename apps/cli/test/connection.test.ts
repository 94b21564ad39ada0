import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { connect } from '../src/connection.ts'
import { whyUnreachable } from '../src/unreachable.ts'

const dir = t.testdir()
const [file, key] = [join(dir, 'ca.crt'), join(dir, 'ca.key')]
const make = [
  'req',
  '-x509',
  '-newkey',
  'rsa:2048',
  '-nodes',
  '-subj',
  '/CN=site',
  '-addext',
  'subjectAltName=IP:127.0.0.1',
]
execFileSync('openssl', [...make, '-keyout', key, '-out', file], { stdio: 'pipe' })
const server = createServer({ cert: readFileSync(file), key: readFileSync(key) }, (_request, response) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[],"nextPageToken":null,"total":0}'),
)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
t.teardown(() => server.close())
const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
const refusal = (error: unknown) => whyUnreachable((error as { cause: object }).cause)

await t.test('a server of a CA that nobody named is not spoken to, and the remedy is said', async (t) => {
  const said = await connect({ server: url, key: 'k' }, {})('listImages', {}).catch(refusal)
  t.match(said, /^the server's certificate is not of a trusted CA .*; give the site's with --ca FILE: fetch it/)
})

await t.test('--ca and EIMS_CA name it', async (t) => {
  t.strictSame(await connect({ server: url, key: 'k', ca: file }, {})('listImages', {}), {
    items: [],
    nextPageToken: null,
    total: 0,
  })
  const named = url.replace('127.0.0.1', 'localhost')
  t.match(
    await connect({ server: named, key: 'k' }, { EIMS_CA: file })('listImages', {}).catch(refusal),
    /^the server's certificate is for other names .*use one of them as --server/,
  )
})

await t.test('a file that holds none is refused', async (t) => {
  const none = join(dir, 'none')
  t.throws(() => connect({ server: url, key: 'k', ca: none }, {}), /^--ca .*none cannot be used: there is no such file/)
  writeFileSync(none, 'text')
  t.throws(() => connect({ server: url, key: 'k', ca: none }, {}), /it holds no certificate in PEM form/)
})
