import dns from 'node:dns'
import { type AddressInfo, BlockList, createServer as createTcpServer, isIP, type LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { barredAddresses, namesBarred } from '../src/images/barred-addresses.ts'
import { type FetchWays, fetchUrl } from '../src/images/fetch-url.ts'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { openSite } from './support/site.ts'

// One promise: whatever a URL, a redirect, a proxy or a DNS answer says, no image is fetched from loopback, this
// server's links, metadata services and groups; and of what the other side sent nothing is passed on.

const ways: FetchWays = {
  httpProxy: null,
  noProxy: null,
  caCertificate: null,
  barred: barredAddresses(),
  maxBytes: 2 ** 40,
  silence: 2000,
}
const fetched = async (url: string, more: Partial<FetchWays> = {}) => {
  const parts: Buffer[] = []
  for await (const part of fetchUrl(url, { ...ways, ...more }, new AbortController().signal)) parts.push(part)
  return Buffer.concat(parts).toString()
}
const refused = { code: 'image-unreadable', message: /cannot be fetched: no image is fetched from such an address/ }

const words = (text: string) => text.trim().split(/\s+/)

/** Only 127.0.0.2 is barred, so that 127.0.0.1 may lead there. */
const second = new BlockList()
second.addAddress('127.0.0.2')

/** A server on 127.0.0.2 that counts connections. */
async function barredServer(t: Test) {
  const seen = { connections: 0, port: 0 }
  const server = createTcpServer((socket) => {
    seen.connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  t.teardown(() => server.close())
  seen.port = (server.address() as AddressInfo).port
  return seen
}

/** Names are looked up in this order of answers, the last one for good. */
function answers(t: Test, ...addresses: string[]) {
  const lookup = dns.lookup
  const fake: LookupFunction = (_name, options, done) => {
    const address = (addresses.length > 1 ? addresses.shift() : addresses[0])!
    const family = isIP(address)
    setImmediate(() => (options.all ? done(null, [{ address, family }]) : done(null, address, family)))
  }
  dns.lookup = fake as typeof dns.lookup
  t.teardown(() => {
    dns.lookup = lookup
  })
}

await t.test('which addresses', async (t) => {
  const { barred } = ways
  const check = (address: string) => barred.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  for (const address of words(`
    0.0.0.0 127.0.0.1 127.255.255.254 169.254.169.254 169.254.0.1 224.0.0.1 239.255.255.250 255.255.255.255
    100.100.100.200 168.63.129.16 :: ::1 fe80::1 febf::1 ff02::1 fd00:ec2::254 fd20:ce::254 ::ffff:127.0.0.1
    ::ffff:a9fe:a9fe ::ffff:0.0.0.0 ::ffff:224.0.0.1 ::127.0.0.1 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
    64:ff9b:1::7f00:1 64:ff9b:1:7f00:0:100::
    2002:7f00:1:: 2002:a9fe:a9fe::1`))
    t.ok(check(address), address)
  for (const address of words(`
    10.0.0.1 172.16.0.1 192.168.77.1 100.64.0.1 126.255.255.255 128.0.0.1 169.253.255.255 1.1.1.1 223.255.255.255
    fd00::1 fc00::1 2001:db8::1 2606:4700::1111 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::`))
    t.notOk(check(address), address)
})

await t.test('which URLs say so themselves, in every way of writing it', async (t) => {
  for (const host of words(`
    localhost LOCALHOST. a.localhost 127.1 2130706433 0x7f.1 0177.0.0.1 0 [::1] [::] [::ffff:127.0.0.1]
    169.254.169.254 [fe80::1] [fd00:ec2::254] %31%32%37.0.0.1 ①27.0.0.1`))
    t.ok(namesBarred(new URL(`http://${host}/x`), ways.barred), host)
  for (const host of ['images.example', '192.168.77.1', '[fd00::1]', 'localhost.example'])
    t.notOk(namesBarred(new URL(`http://${host}/x`), ways.barred), host)
})

await t.test('REST refuses such a URL with its field', async (t) => {
  const { fresh } = await startDatabases(t)
  const site = await openSite(t, await fresh(t), 'server-1', { barred: barredAddresses() })
  for (const url of ['http://localhost:7481/', 'http://169.254.169.254/latest/', 'https://[::1]/x'])
    await t.rejects(site.api('addImage', { body: { name: 'x', url, sha256: 'a'.repeat(64) } }), {
      code: 'invalid-input',
      fields: [{ path: 'body.url' }],
    } as never)
  t.equal(await site.db.image.count(), 0)
})

await t.test('a literal address is not connected to, by HTTP or TLS, nor one that a redirect names', async (t) => {
  const barred = await barredServer(t)
  const at = `127.0.0.2:${barred.port}`
  for (const url of [`http://${at}/x`, `https://${at}/x`]) await t.rejects(fetched(url, { barred: second }), refused)
  const { url, asked } = await fileServer(t, (request, reply) => {
    const hops: Record<string, string> = { '/': '/again', '/again': `http://${at}/x` }
    reply.writeHead(302, { location: hops[request.url!] }).end()
  })
  await t.rejects(fetched(url, { barred: second }), refused)
  t.equal(asked.length, 2)
  t.equal(barred.connections, 0)
})

await t.test('what counts is the address that a name leads to when it is connected to', async (t) => {
  const barred = await barredServer(t)
  const good = await fileServer(t, (_, reply) => void reply.end('an image'))
  const { port } = new URL(good.url)
  answers(t, '127.0.0.1', '127.0.0.2')
  t.equal(await fetched(`http://images.example:${port}/x`, { barred: second }), 'an image')
  for (const scheme of ['http', 'https'])
    await t.rejects(fetched(`${scheme}://images.example:${barred.port}/x`, { barred: second }), refused)
  t.equal(barred.connections, 0)
})

await t.test('names that lead to several addresses, among them IPv4-mapped ones', async (t) => {
  for (const address of ['::ffff:127.0.0.1', '169.254.169.254', 'fe80::1']) {
    answers(t, address)
    await t.rejects(fetched('http://images.example/x'), refused, address)
  }
})

await t.test('a proxy is held to the same, and is not asked for what a URL names', async (t) => {
  const barred = await barredServer(t)
  const httpProxy = `http://127.0.0.2:${barred.port}`
  for (const url of ['http://images.example/x', 'https://images.example/x'])
    await t.rejects(fetched(url, { barred: second, httpProxy }), refused)
  t.equal(barred.connections, 0)
  const proxy = await fileServer(t, (_, reply) => void reply.end('from elsewhere'))
  const more = { barred: second, httpProxy: proxy.url }
  for (const url of ['http://127.0.0.2/x', 'https://127.0.0.2/x']) await t.rejects(fetched(url, more), refused)
  t.equal(proxy.asked.length, 0)
  t.equal(await fetched('http://images.example/x', more), 'from elsewhere')
})

await t.test('nothing that the other side sent is passed on', async (t) => {
  const { url } = await fileServer(t, (request, reply) => {
    if (request.url === '/away') reply.writeHead(302, { location: 'ftp://SECRET.example/x' }).end()
    else reply.writeHead(403, 'SECRET', { 'x-secret': 'SECRET' }).end('SECRET')
  })
  const garbage = createTcpServer((socket) => socket.end('220 SECRET ESMTP ready\r\n'))
  await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve))
  t.teardown(() => garbage.close())
  const { port } = garbage.address() as AddressInfo
  for (const [address, said] of [
    [`${url}/away`, /redirects to what is neither http nor https$/],
    [`${url}/forbidden`, /answered 403$/],
    [`http://127.0.0.1:${port}/x`, /cannot be fetched: HPE_\w+$/],
    [`https://127.0.0.1:${port}/x`, /cannot be fetched: (ERR_SSL|EPROTO|ECONNRESET)\w*$/],
  ] as const) {
    const { message } = await fetched(address, { barred: new BlockList() }).catch((error) => error)
    t.match(message, said)
    t.notMatch(message, /SECRET/)
  }
})
