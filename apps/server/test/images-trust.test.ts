import { createHash } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { type Agent, createServer } from 'node:https'
import { type AddressInfo, BlockList, connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { until } from '@eims/lab'
import t from 'tap'
import { agentFor, fetchUrl } from '../src/images/fetch-url.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { aTemplate } from './support/a-template.ts'
import { startDatabases } from './support/databases.ts'
import { MiB, sampleDisk } from './support/sample-disk.ts'
import { openSite, settled } from './support/site.ts'

// One promise: what the site trusts is trusted, directly and behind a proxy, and is read once.

const now = Date.now()
const [ours, other] = [await makeAuthority('ours', now), await makeAuthority('other', now)]
const { certificate: cert, key } = await makeLeaf(ours, { hosts: ['localhost'], addresses: ['127.0.0.1'] }, now)
const file = gzipSync(sampleDisk(5 * MiB))
const server = createServer({ cert, key }, ({ url }, reply) => reply.end(url === '/debian.raw.gz' ? file : 'an image'))
/** An HTTP proxy that makes tunnels (RFC 9110 section 9.3.6). */
const proxy = createHttpServer().on('connect', ({ url }, socket) => {
  const [host, port] = url!.split(':')
  const there = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
  socket.on('error', () => {})
  there.on('error', () => {})
  socket.pipe(there).pipe(socket)
})
for (const each of [server, proxy]) {
  await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    each.closeAllConnections()
    each.close()
  })
}
const at = (each: typeof server | typeof proxy) => `127.0.0.1:${(each.address() as AddressInfo).port}`
const plain = { httpProxy: null, noProxy: null, barred: new BlockList(), maxBytes: 1e6, silence: 5000, pauses: [] }
const waysWith = (caCertificate: string | null, httpProxy: string | null = null) => ({
  ...plain,
  caCertificate,
  httpProxy,
})

async function fetched(...given: Parameters<typeof waysWith>): Promise<string> {
  let text = ''
  for await (const part of fetchUrl(`https://${at(server)}/`, waysWith(...given), new AbortController().signal))
    text += part
  return text
}

await t.test('a CA of its own is trusted besides the system’s, and no other', async (t) => {
  for (const by of [null, `http://${at(proxy)}`]) {
    t.equal(await fetched(ours.certificate, by), 'an image')
    t.equal(await fetched(`${other.certificate}\n${ours.certificate}`, by), 'an image')
    for (const trusted of [null, other.certificate])
      await t.rejects(fetched(trusted, by), { code: 'image-unreadable', message: /CERT|ISSUER|VERIFY/ })
  }
})

await t.test('the CAs are read once for many requests, and those of few sets are kept', async (t) => {
  const contextOf = (ca: string) =>
    (agentFor(new URL('https://a.example/'), waysWith(ca), 1000) as Agent).options.secureContext
  const first = contextOf(ours.certificate)
  t.ok(first)
  t.equal(contextOf(ours.certificate), first)
  for (let number = 0; number < 8; number++) contextOf(`${'\n'.repeat(number)}${other.certificate}`)
  t.not(contextOf(ours.certificate), first)
})

await t.test('the CA that a template brings is trusted when its image is fetched, and none else', async (t) => {
  const { fresh } = await startDatabases(t)
  const sha256 = createHash('sha256').update(file).digest('hex')
  for (const [ca, state] of [
    [ours.certificate, 'ready'],
    [other.certificate, 'failed'],
    [undefined, 'failed'],
  ] as const) {
    const site = await openSite(t, await fresh(t))
    const said = ca === undefined ? {} : { ca: Buffer.from(ca).toString('base64') }
    const text = aTemplate('debian', { url: `https://${at(server)}/debian.raw.gz`, sha256, ...said })
    await site.api('addWorkflow', { body: { name: 'flow', text } })
    const image = await until(async () => (await site.api('listImages', {})).items.at(0))
    t.match(await settled(site, image.id), { name: 'debian', state })
  }
  const site = await openSite(t, await fresh(t))
  const text = aTemplate('debian', { url: 'https://images.example/a.raw', sha256, ca: 'YWJj' })
  await t.rejects(site.api('addWorkflow', { body: { name: 'flow', text } }), {
    code: 'invalid-input',
    fields: [{ message: /TLS_CA_CERT is no certificate in PEM .*base64 -w0 ca\.pem/ }],
  } as never)
})
