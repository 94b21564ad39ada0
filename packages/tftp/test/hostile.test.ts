import fc from 'fast-check'
import t from 'tap'
import { send } from '../src/line.ts'
import { fetch, Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

const word = fc.oneof(fc.string(), fc.constantFrom('a', 'octet', 'mail', 'blksize', 'tsize', '../a', '0', '65536'))
const datagram = fc.oneof(
  fc.uint8Array({ maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.nat(9), fc.array(word, { maxLength: 8 }))
    .map(([code, words]) => Buffer.concat([Buffer.from([0, code]), Buffer.from(words.map((w) => `${w}\0`).join(''))])),
  fc.tuple(fc.nat(9), fc.nat(65535)).map(([code, block]) => Buffer.from([0, code, block >> 8, block & 255])),
)

await t.test('no datagram makes the server throw or stop', async (t) => {
  const file = pattern(5000)
  await using tftp = await serving(
    { a: file },
    { patience: { firstMs: 20, ceilingMs: 20, tries: 2 }, maxTransfersPerClient: 64 },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(datagram, { minLength: 1, maxLength: 20 }), async (datagrams) => {
      await using peer = await Peer.open()
      for (const bytes of datagrams) peer.send(bytes, tftp.port)
      await peer.next(3)
    }),
    { numRuns: 150 },
  )
  await tftp.idle()
  t.ok((await fetch(tftp.port, 'a', [['blksize', '1000']])).equals(file), 'it serves as before')
})

await t.test('no datagram of the client or of a stranger makes a transfer throw', async (t) => {
  const file = pattern(5000)
  await using tftp = await serving(
    { a: file },
    { patience: { firstMs: 20, ceilingMs: 20, tries: 2 }, maxTransfersPerClient: 64 },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(datagram, { minLength: 1, maxLength: 20 }), fc.boolean(), async (datagrams, own) => {
      await using peer = await Peer.open()
      await using stranger = await Peer.open()
      peer.send(rrq('a', [['windowsize', '2']]), tftp.port)
      const tid = (await peer.next())!.from.port
      for (const bytes of datagrams) (own ? peer : stranger).send(bytes, tid)
      await (own ? peer : stranger).next(3)
    }),
    { numRuns: 100 },
  )
  await tftp.idle()
  t.ok((await fetch(tftp.port, 'a')).equals(file), 'it serves as before')
  await tftp.idle()
  const { probed, failed, finished } = tftp.server.counters()
  t.ok(probed > 0 && failed > 0 && finished > 0, 'they ended in every way')
  const closed = tftp.calls.filter((call) => call.startsWith('close'))
  t.equal(closed.length, tftp.calls.filter((call) => call.startsWith('open')).length, 'every file was closed')
})

await t.test(
  'a client on port 0, which only a made-up datagram has, cannot be answered and does no harm',
  async (t) => {
    await using peer = await Peer.open()
    t.doesNotThrow(() => send(peer.socket, Buffer.from([0, 4, 0, 0]), { address: '127.0.0.1', port: 0 }))
  },
)
