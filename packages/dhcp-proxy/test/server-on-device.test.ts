import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { getuid } from 'node:process'
import t, { type Test } from 'tap'
import { decode, encode, type Packet, type Problem, type Sighting, startDhcpProxy } from '../src/index.ts'
import { MAC, question, SITE, text } from './machine.ts'

// Promise: on sockets bound to the device of the bench LAN, a machine there is answered by real broadcast and on port
// 4011, and nothing of another LAN is heard, answered or reported. Real ports, in network namespaces of its own.

const INSIDE = 'EIMS_TEST_BETWEEN_TWO_LANS'
if (process.env[INSIDE] === undefined) {
  const asRoot = getuid?.() === 0 ? [] : ['--map-root-user']
  const script = new URL('two-lans.sh', import.meta.url).pathname
  const again = ['--net', ...asRoot, script, process.execPath, ...process.execArgv, import.meta.filename]
  await t.spawn('unshare', again, { env: { ...process.env, [INSIDE]: '1' } }, 'between two LANs')
} else {
  await t.test('bench and office', (t) => between(t))
}

async function between(t: Test): Promise<void> {
  const seen: Sighting[] = []
  const problems: Problem[] = []
  await using proxy = await startDhcpProxy({
    sockets: { dhcp: { fd: 20 }, pxe: { fd: 21 } },
    settings: () => SITE,
    chainedRecently: () => false,
    onSeen: (sighting) => seen.push(sighting),
    onProblem: (problem) => problems.push(problem),
  })
  t.match(proxy.addresses, { dhcp: { port: 67 }, pxe: { port: 4011 } })
  await using machine = await listen(22)
  await using machinePxe = await listen(23)
  await using desk = await listen(24)

  // First the office: were it heard, its sighting and its reply would come before those of the bench.
  desk.send(question({ chaddr: chaddrOf('525400bb0001') }), 67, '255.255.255.255')
  desk.send(question({ chaddr: chaddrOf('525400bb0001'), options: { 53: '03' } }), 4011, '192.168.88.1')

  machine.send(question(), 67, '255.255.255.255')
  const offer = await machine.next()
  t.match(offer.packet, { op: 2, siaddr: '192.168.77.1', file: '', xid: 0x11223344 })
  t.match(offer.from, { address: '192.168.77.1', port: 67 })

  machinePxe.send(question({ options: { 53: '03' }, ciaddr: '192.168.77.100' }), 4011, '192.168.77.1')
  const ack = await machinePxe.next()
  t.match(ack.packet, { op: 2, siaddr: '192.168.77.1', file: '52-54-00-aa-00-01/snponly.efi' })
  t.match(ack.from, { address: '192.168.77.1', port: 4011 })

  machine.send(question({ options: { 77: text('Tinkerbell') } }), 67, '255.255.255.255')
  t.match((await machine.next()).packet, { file: 'http://192.168.77.1:8080/boot.ipxe' })

  t.equal(desk.waiting(), 0, 'the office got nothing')
  t.same(problems, [])
  t.same(
    seen.map(({ mac, port, messageType, step }) => [mac, port, messageType, step]),
    [
      [MAC, 67, 'discover', 'ask-4011'],
      [MAC, 4011, 'request', 'firmware'],
      [MAC, 67, 'discover', 'script'],
    ],
    'and is not in the records',
  )
}

type Heard = { packet: Packet; from: { address: string; port: number } }

async function listen(fd: number) {
  const socket: Socket = createSocket('udp4')
  const heard: Heard[] = []
  socket.on('message', (bytes, from) => {
    const decoded = decode(bytes)
    if (decoded.ok) heard.push({ packet: decoded.value, from })
    socket.emit('heard')
  })
  const listening = once(socket, 'listening') // a handed-in socket says so at once
  socket.bind({ fd, exclusive: true })
  await listening
  socket.setBroadcast(true)
  return {
    send: (packet: Packet, port: number, address: string) => socket.send(encode(packet), port, address),
    waiting: () => heard.length,
    async next(): Promise<Heard> {
      if (heard.length === 0) await once(socket, 'heard', { signal: AbortSignal.timeout(5000) })
      return heard.shift()!
    },
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

function chaddrOf(mac: string): Uint8Array {
  return Uint8Array.from(Buffer.from(mac.padEnd(32, '0'), 'hex'))
}
