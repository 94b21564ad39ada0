import t from 'tap'
import { Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

const file = pattern(2000)

await t.test('a request repeated because our first packet was lost starts no second transfer', async (t) => {
  await using tftp = await serving({ 'ipxe.efi': file }, { patience: { firstMs: 200 } })
  await using peer = await Peer.open()
  for (let times = 0; times < 5; times++) peer.send(rrq('ipxe.efi'), tftp.port)
  const first = await peer.next()
  const again = await peer.next()
  t.match([first?.packet, again?.packet], [{ block: 1 }, { block: 1 }], 'the timer of the one transfer repeats it')
  t.equal(again?.from.port, first?.from.port)
  peer.send(rrq('ipxe.efi'), tftp.port)
  t.equal(tftp.server.transfers, 1)
  t.same(tftp.kinds(), ['started'])
  t.same(
    tftp.calls.filter((call) => call.startsWith('open')),
    ['open ipxe.efi'],
  )
})

await t.test('a late copy of the request does not disturb the transfer that it began', async (t) => {
  await using tftp = await serving({ 'ipxe.efi': file })
  await using peer = await Peer.open()
  peer.send(rrq('ipxe.efi'), tftp.port)
  const tid = (await peer.next())!.from.port
  peer.send({ kind: 'ack', block: 1 }, tid)
  await peer.next()
  peer.send(rrq('ipxe.efi'), tftp.port)
  t.equal(await peer.next(200), null)
  peer.send({ kind: 'ack', block: 2 }, tid)
  t.match(await peer.next(), { packet: { kind: 'data', block: 3 }, from: { port: tid } })
})

await t.test('a client that starts anew from the same port is served anew', async (t) => {
  await using tftp = await serving({ 'ipxe.efi': file, 'autoexec.ipxe': pattern(3) }, { patience: { firstMs: 100 } })
  await using peer = await Peer.open()
  peer.send(rrq('ipxe.efi'), tftp.port)
  const tid = (await peer.next())!.from.port
  peer.send({ kind: 'ack', block: 1 }, tid)
  t.match(await peer.next(), { packet: { kind: 'data', block: 2 }, from: { port: tid } })
  t.match(await peer.next(), { packet: { kind: 'data', block: 2 }, from: { port: tid } }, 'it fell silent')

  peer.send(rrq('ipxe.efi'), tftp.port)
  const anew = await peer.next()
  t.match(anew?.packet, { kind: 'data', block: 1 }, 'the same request: from the start')
  t.not(anew?.from.port, tid)

  peer.send(rrq('autoexec.ipxe'), tftp.port)
  t.match((await peer.next())?.packet, { kind: 'data', block: 1, data: pattern(3) }, 'another file: at once')
  t.same(tftp.kinds(), ['started', 'aborted', 'started', 'aborted', 'started'])
  t.match(tftp.events[1], { reason: { code: 'tftp-asked-anew' }, bytes: 512, retransmissions: 1 })
})

await t.test(
  'nothing of a request that was overtaken while its file was being opened reaches the client',
  async (t) => {
    const { promise: opening, resolve: opened } = Promise.withResolvers<void>()
    await using tftp = await serving(
      {},
      {
        open: async ({ name }) => {
          if (name === 'slow') await opening
          return { size: 4, read: async () => Buffer.from(name) }
        },
      },
    )
    await using peer = await Peer.open()
    peer.send(rrq('slow', [['tsize', '0']]), tftp.port)
    peer.send(rrq('fast'), tftp.port)
    t.match((await peer.next())?.packet, { data: Buffer.from('fast') })
    opened()
    t.equal(await peer.next(200), null)
    t.same(tftp.kinds(), ['started', 'aborted'])
  },
)
