import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { until } from '@eims/lab'
import t from 'tap'
import { type DhcpProxyOptions, decode, encode, type Problem, type Sighting, startDhcpProxy } from '../src/index.ts'
import { MAC, question, SITE, text, why } from './machine.ts'

// Promise: whatever comes in, and whatever the caller's functions do, the proxy stays up and says what went wrong.

const ANY = { address: '127.0.0.1', port: 0 }
const request = (options: Record<number, string> = {}) => encode(question({ options: { 53: '03', ...options } }))

async function started(change: Partial<DhcpProxyOptions> = {}) {
  const seen: Sighting[] = []
  const problems: Problem[] = []
  const proxy = await startDhcpProxy({
    sockets: { dhcp: ANY, pxe: ANY },
    settings: () => SITE,
    chainedRecently: () => false,
    onSeen: (sighting) => seen.push(sighting),
    onProblem: (problem) => problems.push(problem),
    ...change,
  })
  const client = createSocket('udp4')
  client.bind(ANY)
  await once(client, 'listening')
  const replies: string[] = []
  client.on('message', (bytes) => {
    const decoded = decode(bytes)
    replies.push(decoded.ok ? decoded.value.file : decoded.reason)
    client.emit('reply')
  })
  const send = (bytes: Uint8Array, socket: 'dhcp' | 'pxe' = 'pxe') =>
    client.send(bytes, proxy.addresses[socket].port, '127.0.0.1')
  return {
    proxy,
    seen,
    problems,
    replies,
    send,
    async reply() {
      if (replies.length === 0) await once(client, 'reply', { signal: AbortSignal.timeout(5000) })
      return replies.shift()
    },
    async [Symbol.asyncDispose]() {
      client.close()
      await proxy.close()
    },
  }
}

await t.test('a request on 4011 is answered to where it came from, and seen', async (t) => {
  await using at = await started()
  at.send(request({ 77: text('a\u0007b') }))
  t.equal(await at.reply(), '52-54-00-aa-00-01/snponly.efi')
  t.same(at.seen, [
    {
      mac: MAC,
      uuid: '11111111-2222-3333-4444-555555555555',
      archs: [7],
      vendorClass: 'PXEClient:Arch:00007:UNDI:003016',
      userClass: 'a.b',
      messageType: 'request',
      port: 4011,
      serverIdentifier: null,
      requestedAddress: null,
      ciaddr: null,
      giaddr: null,
      secs: 4,
      outcome: 'reply',
      step: 'firmware',
      file: '52-54-00-aa-00-01/snponly.efi',
      reason: null,
    },
  ])
})

await t.test('garbage is a problem, other DHCP is none, a broken client is one', async (t) => {
  await using at = await started()
  at.send(Uint8Array.of(1))
  at.send(encode(question({ options: { 60: text('MSFT 5.0') } })), 'dhcp')
  at.send(encode(question({ options: { 93: null } })), 'dhcp')
  at.send(request())
  await at.reply()
  t.match(
    at.problems
      .map(({ kind, port, message }) => [kind, port, message])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    [
      ['client', 67, 'option 93 (architecture) is missing'],
      ['malformed', 4011, '1 bytes are too few: a header alone has 240'],
    ],
  )
  t.equal(at.seen.length, 1)
})

await t.test('what is ignored is seen with its reason', async (t) => {
  await using at = await started()
  at.send(encode(question({ options: { 53: '03', 54: 'c0a84d02' } })), 'dhcp')
  await until(() => at.seen.length > 0)
  const reason = why('dhcp-other-server', { server: '192.168.77.2' })
  t.match(at.seen, [{ port: 67, outcome: 'ignore', step: null, reason }])
})

await t.test("the caller's functions may fail", async (t) => {
  let fails = 3
  const failing = () => {
    fails -= 1
    throw new Error(`failure ${fails}`)
  }
  await using at = await started({ chainedRecently: () => fails > 0 && failing() })
  for (let i = 0; i < 3; i += 1) at.send(request())
  at.send(request())
  t.equal(await at.reply(), '52-54-00-aa-00-01/snponly.efi')
  t.match(at.problems, [
    { kind: 'caller', message: 'failure 2' },
    { kind: 'caller', message: 'failure 1' },
    { kind: 'caller', message: 'failure 0' },
  ])

  await using deaf = await started({
    onSeen: () => {
      throw new Error('full')
    },
    onProblem: () => {
      throw new Error('also full')
    },
  })
  deaf.send(request())
  t.equal(await deaf.reply(), '52-54-00-aa-00-01/snponly.efi')
})

await t.test('settings count from the next packet on, wrong ones are refused', async (t) => {
  let settings = SITE
  await using at = await started({ settings: () => settings })
  settings = { ...SITE, bootFiles: [{ architecture: 7, file: 'signed.efi' }] }
  at.send(request())
  t.equal(await at.reply(), '52-54-00-aa-00-01/signed.efi')
  settings = { ...SITE, scriptUrl: 'nonsense' }
  at.send(request())
  await until(() => at.problems.length > 0)
  t.match(at.problems, [{ kind: 'caller', message: /^settings: scriptUrl: "nonsense" is no absolute URL/ }])

  await t.rejects(started({ settings: () => ({ ...SITE, serverAddress: 'x' }) }), {
    message: 'ProxyDHCP: settings: serverAddress: "x" is not an IPv4 address; write it like 192.168.77.1',
  })
})

await t.test('a reply that cannot be sent is a problem', async (t) => {
  await using at = await started()
  at.send(encode(question({ giaddr: '10.255.255.1' })), 'dhcp') // a socket on 127.0.0.1 reaches no relay
  await until(() => at.problems.length > 0)
  t.match(at.problems, [{ kind: 'send', port: 67, message: /^cannot send: .*10\.255\.255\.1:67/ }])
  at.send(request())
  t.equal(await at.reply(), '52-54-00-aa-00-01/snponly.efi')
})

await t.test('one machine cannot keep the others waiting, nor fill the records', async (t) => {
  await using at = await started({ maxPerClientPerSecond: 3 })
  for (let i = 0; i < 50; i += 1) at.send(request())
  for (let i = 0; i < 50; i += 1) at.send(Uint8Array.of(i))
  const other = Uint8Array.from(Buffer.from('525400aa0002'.padEnd(32, '0'), 'hex'))
  at.send(encode(question({ chaddr: other, options: { 53: '03' } })))
  await until(() => at.replies.includes('52-54-00-aa-00-02/snponly.efi'))
  t.equal(at.replies.length, 4)
  t.equal(at.seen.length, 4)
  t.equal(at.problems.length, 10)
})

await t.test('a taken port is noticed, and the other socket is given back', async (t) => {
  await using at = await started()
  const { port } = at.proxy.addresses.pxe
  await using free = await started()
  const dhcp = { address: '127.0.0.1', port: free.proxy.addresses.dhcp.port }
  await free.proxy.close()
  await t.rejects(started({ sockets: { dhcp, pxe: { address: '127.0.0.1', port } } }), {
    message: new RegExp(`^ProxyDHCP: cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`),
  })
  await using again = await started({ sockets: { dhcp, pxe: ANY } })
  t.equal(again.proxy.addresses.dhcp.port, dhcp.port)
  await t.rejects(started({ sockets: { dhcp: { fd: 999 }, pxe: ANY } }), {
    message: /^ProxyDHCP: cannot listen on socket handed in as file descriptor 999: /,
  })
})

await t.test('close twice, and its ports are free', async (t) => {
  await using at = await started()
  await at.proxy.close()
  await at.proxy.close()
  await using next = await started({ sockets: at.proxy.addresses })
  t.same(next.proxy.addresses, at.proxy.addresses)
})
