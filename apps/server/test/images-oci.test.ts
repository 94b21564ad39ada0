import { createServer } from 'node:https'
import { type AddressInfo, BlockList } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type Architecture, ociReference } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { barredAddresses } from '../src/images/barred-addresses.ts'
import { fetchOci } from '../src/images/fetch-oci.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { aTemplate } from './support/a-template.ts'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { bootAgent } from './support/machine.ts'
import { ociRegistry } from './support/oci-registry.ts'
import { MiB, sampleDisk, sha256 } from './support/sample-disk.ts'
import { addProfile, openSite, settled } from './support/site.ts'

const { fresh } = await startDatabases(t)
const file = gzipSync(sampleDisk(5 * MiB))
const layers = [Buffer.from('{}'), file]
const plain = {
  httpProxy: null,
  noProxy: null,
  caCertificate: null,
  barred: new BlockList(),
  maxBytes: 2 ** 40,
  silence: 2000,
  pauses: [],
}

async function all(text: string, ways: object = {}, architecture: Architecture = 'x86_64'): Promise<Buffer> {
  const parts: Buffer[] = []
  const signal = new AbortController().signal
  for await (const part of fetchOci(text, architecture, { ...plain, ...ways }, signal)) parts.push(part)
  return Buffer.concat(parts)
}

await t.test('references are read as tools of containers read them', (t) => {
  const digest = `sha256:${'a'.repeat(64)}`
  for (const [text, origin, name, reference] of [
    ['ghcr.io/example/debian:13', 'https://ghcr.io', 'example/debian', '13'],
    ['oci://ghcr.io/example/debian', 'https://ghcr.io', 'example/debian', 'latest'],
    [`https://registry.local:5000/a@${digest}`, 'https://registry.local:5000', 'a', digest],
    [`http://[fd00::1]:5000/a/b:v1@${digest}`, 'http://[fd00::1]:5000', 'a/b', digest],
    ['registry:5000/a/b:v1.gz', 'https://registry:5000', 'a/b', 'v1.gz'],
    ['debian:13', 'https://registry-1.docker.io', 'library/debian', '13'],
    ['example/debian', 'https://registry-1.docker.io', 'example/debian', 'latest'],
  ] as const)
    t.match(ociReference(text), { origin, name, reference, login: null }, text)
  t.match(ociReference('oci://ann:secret@ghcr.io/a'), { login: { user: 'ann', password: 'secret' } })
  for (const text of ['', 'ftp://a.example/b', 'a.example/../b', 'a.example/B', 'a.example:x/b', 'a@sha256:ab', 'a b'])
    t.equal(ociReference(text), null, text)
  t.end()
})

await t.test(
  'the largest layer comes, by a token, of the machine’s architecture; the token goes nowhere else',
  async (t) => {
    const opened: (string | undefined)[] = []
    const elsewhere = await fileServer(t, ({ headers }, reply) => {
      opened.push(headers.authorization)
      reply.end(file)
    })
    const { answer, index } = ociRegistry(layers, { token: 'let-me', elsewhere: elsewhere.url })
    const { url, asked } = await fileServer(t, answer)
    for (const reference of [`${url}/disks/debian:13`, `${url}/disks/debian@sha256:${index}`]) {
      const lengths: number[] = []
      t.ok(file.equals(await all(reference, { onLength: (bytes: number) => lengths.push(bytes) })))
      t.strictSame(lengths, [file.length])
    }
    t.strictSame(opened, [undefined, undefined])
    t.match(asked[1], /^GET \/token\?service=127\.0\.0\.1.*&scope=repository/)
    await t.rejects(all(`${url}/disks/debian:13`, {}, 'arm64'), {
      code: 'image-unreadable',
      message: /disks\/debian:13 is not for arm64: it is for unknown, amd64/,
    })
  },
)

await t.test('what has another digest than it is named by is refused, and so is what is too large', async (t) => {
  const wrong = Buffer.from(file)
  wrong[file.length - 1]! ^= 1
  const digest = sha256(file)
  const { manifest, index } = ociRegistry(layers)
  const cases: [Record<string, Buffer>, string, RegExp][] = [
    [
      { [digest]: wrong },
      '@',
      new RegExp(`its layer sha256:${digest} of ${file.length} bytes is sha256:${sha256(wrong)}`),
    ],
    [{ [digest]: file.subarray(1) }, '@', /with \d+ bytes/],
    [{ [manifest]: Buffer.from('{}') }, ':', new RegExp(`its manifest sha256:${manifest} is sha256:`)],
    [{ [index]: Buffer.from('{}') }, '@', new RegExp(`its manifest sha256:${index} is sha256:`)],
  ]
  for (const [instead, by, message] of cases) {
    const { url } = await fileServer(t, ociRegistry(layers, { instead }).answer)
    const reference = by === ':' ? ':13' : `@sha256:${index}`
    await t.rejects(all(`${url}/disks/debian${reference}`), { code: 'image-mismatch', message })
  }
  const { url } = await fileServer(
    t,
    ociRegistry(layers, { instead: { [digest]: Buffer.concat([file, file]) } }).answer,
  )
  await t.rejects(all(`${url}/disks/debian:13`), { code: 'too-large', message: /disks\/debian:13: / })
  await t.rejects(all(`${url}/disks/debian:13`, { maxBytes: file.length - 1 }), { code: 'too-large' })
})

await t.test('a registry that refuses or misbehaves is told with the reference, in no words of its own', async (t) => {
  const { url } = await fileServer(t, ({ url: path = '' }, reply) => {
    const [, name] = /^\/v2\/([^/]+)\/manifests/.exec(path) ?? []
    if (name === 'basic') reply.writeHead(401, { 'www-authenticate': 'Basic realm="secret place"' }).end()
    else if (name === 'away') reply.writeHead(401, { 'www-authenticate': 'Bearer realm="ftp://a/"' }).end()
    else if (name === 'large') reply.end(Buffer.alloc(5 * MiB, 'x'))
    else if (name === 'silent') reply.writeHead(200).write('{')
    else if (name === 'web') reply.end('<html>')
    else if (name === 'old') reply.end('{"schemaVersion":1,"fsLayers":[]}')
    else ociRegistry(layers).answer({ url: path, headers: {} } as never, reply)
  })
  for (const [name, message] of [
    ['basic', /asks for a user name and a password/],
    ['away', /asks for a user name/],
    ['large', /more than 4194304 bytes/],
    ['silent', /cannot be fetched/],
    ['web', /no JSON/],
    ['old', /nothing that holds an image: layers/],
    ['none', /its registry answered 404 \(MANIFEST_UNKNOWN\)/],
  ] as const) {
    const fault = await all(`${url}/${name}:1`, { silence: 300 }).catch((error) => error)
    t.match(fault, { code: 'image-unreadable', message }, name)
    t.match(fault.message, `${url}/${name}:1`)
    t.notMatch(fault.message, /script|secret place/)
  }
  await t.rejects(all('http://127.0.0.1:1/x:1'), { code: 'image-unreadable', message: /ECONNREFUSED/ })
  await t.rejects(all(`${url}/x:1`, { barred: barredAddresses() }), {
    message: /no image is fetched from such an address/,
  })
})

await t.test('a person adds one by its reference, with the CA of its registry', async (t) => {
  const site = await openSite(t, await fresh(t))
  const authority = await makeAuthority('ours', Date.now())
  const { certificate: cert, key } = await makeLeaf(authority, { hosts: [], addresses: ['127.0.0.1'] }, Date.now())
  const server = createServer({ cert, key }, ociRegistry(layers).answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const reference = `127.0.0.1:${(server.address() as AddressInfo).port}/disks/debian:13`
  const body = { name: 'debian', url: `oci://${reference}`, caCertificate: authority.certificate }
  const { id } = await site.api('addImage', { body })
  t.match(await settled(site, id), { state: 'ready', format: 'gz', sourceUrl: reference, sourceSha256: sha256(file) })
  for (const url of ['oci://a.example/B:1', 'oci://a.example/b@sha256:1'])
    await t.rejects(site.api('addImage', { body: { name: 'x', url } }), {
      code: 'invalid-input',
      fields: [{ path: 'body.url' }],
    } as never)
})

await t.test('barred addresses and the site’s proxy are heeded', async (t) => {
  const barred = await openSite(t, await fresh(t), 'server-1', { barred: barredAddresses() })
  for (const registry of ['localhost:5000', '169.254.169.254', '[::1]:5000'])
    await t.rejects(barred.api('addImage', { body: { name: 'x', url: `oci://${registry}/a:1` } }), {
      code: 'invalid-input',
      fields: [{ path: 'body.url', message: /leads to loopback/ }],
    } as never)
  const proxy = await fileServer(t, ociRegistry(layers).answer)
  t.ok(file.equals(await all('http://registry.example/disks/debian:13', { httpProxy: proxy.url })))
  t.equal(proxy.asked[0], 'GET http://registry.example/v2/disks/debian/manifests/13')
})

await t.test('what oci2disk names is fetched when its template is added, and its machine goes on', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { url } = await fileServer(t, ociRegistry(layers, { token: 'let-me' }).answer)
  const text = aTemplate('debian', { url: `${url}/disks/debian:13` }).replace('image2disk', 'oci2disk')
  await site.api('addWorkflow', { body: { name: 'flow', text } })
  const image = await until(async () => (await site.api('listImages', {})).items.at(0))
  t.match(await settled(site, image.id), { name: 'debian-13', state: 'ready', sourceSha256: sha256(file) })
  await addProfile(site.db, 'kiosk', { workflow: { workflow: 'flow', params: {} } })
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'kiosk' } })
  const agent = await bootAgent(site.open, { serial: 'SN-1' })
  t.match(await agent.next(), { kind: 'action' })
})
