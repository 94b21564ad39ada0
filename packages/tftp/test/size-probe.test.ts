import t from 'tap'
import { Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

// Seen from OVMF 2022.11: it asks for the size, aborts with ERROR 8 and asks again from the next port, without tsize.
await t.test("OVMF's question for the size reads nothing and leaves nothing behind", async (t) => {
  const file = pattern(300_000)
  await using tftp = await serving({ 'snponly.efi': file })
  await using probe = await Peer.open()
  probe.send(
    rrq('snponly.efi', [
      ['tsize', '0'],
      ['blksize', '1468'],
    ]),
    tftp.port,
  )
  const oack = await probe.next()
  t.same(oack?.packet, {
    kind: 'oack',
    options: [
      ['tsize', '300000'],
      ['blksize', '1468'],
    ],
  })
  probe.send({ kind: 'error', code: 8, message: 'User aborted the transfer' }, oack!.from.port)
  await tftp.idle()
  t.same(tftp.calls, ['open snponly.efi', 'close snponly.efi'], 'no byte was read')
  t.same(tftp.events, [], 'nothing is told')
  t.match(tftp.server.counters(), { requests: 1, probed: 1, started: 0, aborted: 0 })
  t.equal(tftp.server.transfers, 0, 'its slot is free')
  t.equal(await probe.next(100), null, 'and nothing more is said')

  await using real = await Peer.open()
  real.send(rrq('snponly.efi', [['blksize', '1468']]), tftp.port)
  const again = await real.next()
  t.same(again?.packet, { kind: 'oack', options: [['blksize', '1468']] })
  real.send({ kind: 'ack', block: 0 }, again!.from.port)
  t.same((await real.next())?.packet, { kind: 'data', block: 1, data: file.subarray(0, 1468) })
})

await t.test('an ERROR text of the client is made printable and short', async (t) => {
  await using tftp = await serving({ a: pattern(3) })
  await using peer = await Peer.open()
  peer.send(rrq('a'), tftp.port)
  peer.send({ kind: 'error', code: 0, message: `\x1b[2J\n${'x'.repeat(1000)}` }, (await peer.next())!.from.port)
  await tftp.idle()
  const text = /^\?\[2J\?x{100,130}$/
  t.match(tftp.events[1]?.reason, { code: 'tftp-client-error', slots: { number: 0, text } })
})
