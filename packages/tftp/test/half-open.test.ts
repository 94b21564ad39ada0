import { until } from '@eims/lab'
import fc from 'fast-check'
import t from 'tap'
import { type Occupant, Slots } from '../src/slots.ts'
import { fetch, Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

// Promise: who only asks, and never acknowledges, keeps nobody from being served.

const file = pattern(3000)
const bounds = { maxTransfers: 4, maxTransfersPerClient: 4 }

await t.test('the oldest that never acknowledged gives way, without a word', async (t) => {
  for (const [of, limit] of [
    ['client', bounds],
    ['server', { ...bounds, maxTransfersPerClient: 64 }],
  ] as const) {
    await using tftp = await serving({ a: file }, limit)
    const peers: Peer[] = []
    for (let i = 0; i < 4; i++) {
      const peer = await Peer.open()
      peers.push(peer)
      peer.send(rrq('a'), tftp.port)
      t.match((await peer.next())?.packet, { kind: 'data', block: 1 })
    }
    t.ok((await fetch(tftp.port, 'a', [['blksize', '1000']])).equals(file), 'an honest client is served at once')
    t.equal(await peers[0]!.next(50), null, 'the first heard nothing more')
    t.match(tftp.server.counters(), { gaveWay: 1, aborted: 1, refusedBusy: 0 })
    const reason = { code: 'tftp-gave-way', slots: { transfers: 4, of } }
    t.strictSame(
      tftp.events.filter(({ kind }) => kind === 'aborted').map((event) => [event.client.port, event.reason]),
      [[peers[0]!.port, reason]],
    )
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  }
})

await t.test('who has acknowledged anything, if only the options, keeps its place', async (t) => {
  await using tftp = await serving({ a: file }, bounds)
  await using honest = await Peer.open()
  honest.send(rrq('a', [['blksize', '1468']]), tftp.port)
  const tid = (await honest.next())!.from.port
  honest.send({ kind: 'ack', block: 0 }, tid)
  t.match((await honest.next())?.packet, { kind: 'data', block: 1 })
  await using wild = await Peer.open()
  for (let i = 0; i < 100; i++) {
    await using peer = await Peer.open()
    peer.send(rrq('a'), tftp.port)
    if (i % 10 === 0) await peer.next()
  }
  wild.send(rrq('a'), tftp.port)
  t.match((await wild.next())?.packet, { kind: 'data', block: 1 })
  honest.send({ kind: 'ack', block: 1 }, tid)
  t.match((await honest.next())?.packet, { kind: 'data', block: 2 })
  t.ok(tftp.server.transfers <= 2 * bounds.maxTransfers)
})

await t.test('files that do not open let no more of them gather than twice the limit', async (t) => {
  const { promise, resolve } = Promise.withResolvers<'not-found'>()
  await using tftp = await serving({}, { ...bounds, maxTransfersPerClient: 64, open: () => promise })
  const requests = () => tftp.server.counters().requests
  for (let i = 0; i < 40; i++) {
    await using each = await Peer.open()
    each.send(rrq(`file ${i}`), tftp.port)
    await until(() => requests() >= i + 1)
  }
  t.equal(tftp.server.transfers, 2 * bounds.maxTransfers)
  t.match(tftp.server.counters(), { gaveWay: 4, refusedBusy: 32 })
  resolve('not-found')
  await tftp.idle()
})

await t.test('whatever comes and goes, the counts are those of the transfers that are there', async () => {
  const most = 6
  const perAddress = 3
  const move = fc.record({ address: fc.constantFrom('a', 'b', 'c', 'd'), what: fc.constantFrom('ask', 'ack', 'end') })
  fc.assert(
    fc.property(fc.array(move, { minLength: 20, maxLength: 60 }), (moves) => {
      const slots = new Slots<Occupant & { acked: boolean }>({ most, perAddress })
      const here: (Occupant & { acked: boolean })[] = []
      for (const { address, what } of moves) {
        const known = here.find((slot) => slot.client.address === address && !(what === 'ack' && slot.acked))
        if (what === 'ack' && known) known.acked = true
        if (what === 'end' && known) {
          slots.delete(known)
          here.splice(here.indexOf(known), 1)
        }
        if (what !== 'ask') continue
        const full = slots.full(address)
        const ofAddress = here.filter((slot) => slot.client.address === address)
        const want = ofAddress.length >= perAddress ? 'client' : here.length >= most ? 'server' : null
        if (full !== want) throw new Error(`full ${full}, not ${want}`)
        if (full !== null) {
          const leaves = slots.oldestHalfOpen(address, full)
          const wanted = (full === 'client' ? ofAddress : here).find((slot) => !slot.acked) ?? null
          if (leaves !== wanted) throw new Error('not the oldest half-open one gives way')
          if (leaves === null) continue
          slots.delete(leaves)
          here.splice(here.indexOf(leaves), 1)
        }
        const slot = { client: { address, port: 1 }, acked: false, acknowledged: () => slot.acked }
        slots.add(slot)
        here.push(slot)
        if (slots.size !== here.length) throw new Error(`${slots.size} slots, not ${here.length}`)
      }
    }),
  )
})
