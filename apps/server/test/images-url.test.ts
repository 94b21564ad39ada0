import { createHash } from 'node:crypto'
import { BlockList } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { fetchUrl } from '../src/images/fetch-url.ts'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { MiB, sampleDisk } from './support/sample-disk.ts'
import { openSite, settled } from './support/site.ts'

const { fresh } = await startDatabases(t)
const raw = sampleDisk(5 * MiB)
const file = gzipSync(raw)
const sha256 = createHash('sha256').update(file).digest('hex')
const plain = {
  httpProxy: null,
  noProxy: null,
  caCertificate: null,
  barred: new BlockList(),
  maxBytes: 2 ** 40,
  silence: 300,
  pauses: [],
}

async function all(url: string, ways: object = {}): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of fetchUrl(url, { ...plain, ...ways }, new AbortController().signal)) parts.push(part)
  return Buffer.concat(parts)
}

await t.test('an image is fetched, checked and made ready; what went wrong stands on the image', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { url } = await fileServer(t, (request, reply) => {
    if (request.url === '/moved') reply.writeHead(302, { location: '/image.raw.gz?signature=secret' }).end()
    else if (request.url?.startsWith('/image.raw.gz')) reply.end(file)
    else reply.writeHead(404).end()
  })
  const add = async (body: { name: string; url: string; sha256: string }) =>
    settled(site, (await site.api('addImage', { body })).id)
  t.match(await add({ name: 'good', url: `${url}/moved`, sha256 }), {
    state: 'ready',
    format: 'gz',
    sourceSha256: sha256,
    rawSize: raw.length,
    rawSha256: createHash('sha256').update(raw).digest('hex'),
  })
  t.match(await add({ name: 'other', url: `${url}/image.raw.gz`, sha256: 'a'.repeat(64) }), {
    state: 'failed',
    reason: { code: 'told', text: /the file has the SHA-256 .*, its publisher gives aaaa/ },
  })
  t.match(await add({ name: 'missing', url: `${url}/none?key=secret`, sha256 }), {
    state: 'failed',
    reason: { code: 'told', text: `${url}/none answered 404` },
  })
  const audits = JSON.stringify(await site.db.audit.findMany(), (_, value) => (typeof value === 'bigint' ? '' : value))
  t.match(audits, `${url}/none`)
  t.notMatch(audits, /secret/, 'the query of a signed URL stays out of the audit log')
})

await t.test('the site’s proxy is used, but for what it leaves out', async (t) => {
  const site = await openSite(t, await fresh(t))
  const proxy = await fileServer(t, (_, reply) => void reply.end(file))
  await site.api('patchSite', { body: { httpProxy: proxy.url, noProxy: 'direct.example' } })
  const body = { name: 'by-proxy', url: 'http://images.example/a.gz', sha256 }
  t.match(await settled(site, (await site.api('addImage', { body })).id), { state: 'ready', reason: null })
  t.strictSame(proxy.asked, ['GET http://images.example/a.gz'])
  const direct = { ...body, name: 'direct', url: 'http://direct.example/a.gz' }
  t.match(await settled(site, (await site.api('addImage', { body: direct })).id), {
    state: 'failed',
    reason: { code: 'told', text: /cannot be fetched/ },
  })
  t.equal(proxy.asked.length, 1)
})

await t.test('one that breaks off is asked for from there on, as long as it is the same file', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, at) => at % 251))
  let [cuts, etag] = [0, '"v1"']
  const { url, asked } = await fileServer(t, (request, reply) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
    const status = from > 0 && isSame ? 206 : 200
    const rest = status === 206 ? bytes.subarray(from) : bytes
    reply.writeHead(status, {
      'content-length': rest.length,
      etag,
      ...(request.url === '/plain' ? {} : { 'accept-ranges': 'bytes' }),
      ...(status === 206 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    })
    if (request.url === '/changes') etag = '"v2"'
    if (cuts-- > 0) reply.write(rest.subarray(0, 9000), () => setImmediate(() => request.socket.destroy()))
    else reply.end(rest)
  })
  const pauses = [1, 1]
  cuts = 4
  t.ok(bytes.equals(await all(`${url}/image`, { pauses })))
  t.equal(asked.length, 5)
  for (const path of ['changes', 'plain']) {
    cuts = 1
    await t.rejects(all(`${url}/${path}`, { pauses }), {
      code: 'image-unreadable',
      message: /broke off after 9000/,
    } as never)
  }
})

await t.test('a server that misbehaves ends with a reason', async (t) => {
  const { url } = await fileServer(t, (request, reply) => {
    if (request.url === '/loop') reply.writeHead(301, { location: '/loop' }).end()
    else if (request.url === '/away') reply.writeHead(302, { location: 'ftp://else.example/x' }).end()
    else if (request.url === '/long') reply.writeHead(200, { 'content-length': '5000' }).end('x'.repeat(5000))
    else if (request.url === '/cut') {
      reply.writeHead(200, { 'content-length': '5000' })
      reply.write('x'.repeat(100), () => request.socket.destroy())
    } else if (request.url === '/stalled') {
      reply.writeHead(200)
      reply.write('x')
    }
  })
  await t.rejects(all(`${url}/loop`), { code: 'image-unreadable', message: /redirects more than 5 times/ } as never)
  await t.rejects(all(`${url}/away`), { code: 'image-unreadable', message: /neither http nor https/ } as never)
  await t.rejects(all(`${url}/long`, { maxBytes: 4999 }), { code: 'too-large' } as never)
  await t.rejects(all(`${url}/cut`), { code: 'image-unreadable', message: /broke off after 100 bytes/ } as never)
  await t.rejects(all(`${url}/stalled`), { code: 'image-unreadable', message: /broke off after 1 bytes/ } as never)
  await t.rejects(all(`${url}/never`), {
    code: 'image-unreadable',
    message: /cannot be fetched: nothing came/,
  } as never)
  await t.rejects(all('http://127.0.0.1:1/x'), { code: 'image-unreadable', message: /ECONNREFUSED/ } as never)
  t.equal((await all(`${url}/long`)).length, 5000)
  const stop = new AbortController()
  const reading = fetchUrl(`${url}/stalled`, { ...plain, silence: 60_000 }, stop.signal)
  await reading.next()
  const stopped = t.rejects(reading.next(), /the server stops/)
  await turn()
  stop.abort(new Error('the server stops'))
  await stopped
})

await t.test('what cannot be an image’s address is refused with its field', async (t) => {
  const site = await openSite(t, await fresh(t))
  for (const [more, path] of [
    [{}, 'body.path'],
    [{ url: 'http://a.example/x', path: '/x', sha256 }, 'body.path'],
    [{ url: 'http://a.example/x' }, 'body.sha256'],
    [{ url: 'file:///etc/shadow', sha256 }, 'body.url'],
    [{ path: '/x', caCertificate: '-----BEGIN CERTIFICATE-----' }, 'body.caCertificate'],
  ] as [object, string][])
    await t.rejects(site.api('addImage', { body: { name: 'x', ...more } }), {
      code: 'invalid-input',
      fields: [{ path }],
    } as never)
  t.equal(await site.db.image.count(), 0)
})
