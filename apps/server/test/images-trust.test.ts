import { createServer as createHttpServer } from 'node:http'
import { type Agent, createServer } from 'node:https'
import { type AddressInfo, BlockList, connect } from 'node:net'
import t from 'tap'
import { agentFor, fetchUrl } from '../src/images/fetch-url.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'

// One promise: what the site trusts is trusted, directly and behind a proxy, and is read once.

const now = Date.now()
const [ours, other] = [await makeAuthority('ours', now), await makeAuthority('other', now)]
const { certificate: cert, key } = await makeLeaf(ours, { hosts: ['localhost'], addresses: ['127.0.0.1'] }, now)
const server = createServer({ cert, key }, (_request, reply) => reply.end('an image'))
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
