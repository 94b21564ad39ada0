import { until } from '@eims/lab'
import t from 'tap'
import { Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

await t.test('requests beyond the limits get no answer, and are served once there is room', async (t) => {
  for (const [of, limit] of [
    ['server', { maxTransfers: 2 }],
    ['client', { maxTransfersPerClient: 2 }],
  ] as const) {
    await using tftp = await serving({ a: pattern(600) }, limit)
    await using one = await Peer.open()
    await using two = await Peer.open()
    await using three = await Peer.open()
    one.send(rrq('a'), tftp.port)
    two.send(rrq('a'), tftp.port)
    const [first, other] = [await one.next(), await two.next()]
    one.send({ kind: 'ack', block: 1 }, first!.from.port)
    two.send({ kind: 'ack', block: 1 }, other!.from.port)
    t.match([await one.next(), await two.next()], [{ packet: { block: 2 } }, { packet: { block: 2 } }])
    three.send(rrq('a'), tftp.port)
    t.equal(await three.next(100), null, 'no answer, so that firmware asks again')
    t.match(tftp.events.at(-1), {
      kind: 'refused',
      name: 'a',
      reason: { code: 'tftp-busy', slots: { transfers: 2, of } },
    })
    one.send({ kind: 'ack', block: 2 }, first!.from.port)
    await until(() => tftp.kinds().includes('finished'))
    three.send(rrq('a'), tftp.port)
    t.match((await three.next())?.packet, { kind: 'data', block: 1 })
  }
})

await t.test('a client that is too slow in all loses its place', async (t) => {
  await using tftp = await serving({ a: pattern(3000) }, { longestMs: 150 })
  await using peer = await Peer.open()
  peer.send(rrq('a'), tftp.port)
  const first = await peer.next()
  peer.send({ kind: 'ack', block: 1 }, first!.from.port)
  t.match((await peer.next())?.packet, { kind: 'data', block: 2 })
  t.match((await peer.next())?.packet, { kind: 'error', code: 0, message: /too long/ })
  await tftp.idle()
  t.match(tftp.events[1], { kind: 'failed', bytes: 512, reason: { code: 'tftp-too-long', slots: { seconds: 0.15 } } })
})

await t.test('a client that falls silent loses its place', async (t) => {
  await using tftp = await serving({ a: pattern(3) }, { patience: { firstMs: 10, ceilingMs: 20, tries: 2 } })
  await using peer = await Peer.open()
  peer.send(rrq('a'), tftp.port)
  for (let copies = 0; copies < 3; copies++) t.match((await peer.next())?.packet, { kind: 'data', block: 1 })
  t.match((await peer.next())?.packet, { kind: 'error', code: 0 })
  await tftp.idle()
  const reason = { code: 'tftp-no-ack', slots: { block: 1, last: 1 } }
  t.match(tftp.events[1], { kind: 'failed', retransmissions: 2, reason })
  t.same(tftp.calls.at(-1), 'close a')
})

await t.test('a server on an interface with a small MTU agrees on smaller blocks', async (t) => {
  await using tftp = await serving({ a: pattern(3000) }, { mtu: 1400 })
  await using peer = await Peer.open()
  peer.send(rrq('a', [['blksize', '1468']]), tftp.port)
  t.same((await peer.next())?.packet, { kind: 'oack', options: [['blksize', '1368']] })
})
