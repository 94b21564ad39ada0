import t from 'tap'
import { Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

await t.test('a stranger on the port of a transfer gets ERROR 5 and disturbs nothing', async (t) => {
  const file = pattern(1000)
  await using tftp = await serving({ 'ipxe.efi': file })
  await using peer = await Peer.open()
  await using stranger = await Peer.open()
  peer.send(rrq('ipxe.efi'), tftp.port)
  const first = await peer.next()
  const tid = first!.from.port
  t.not(tid, tftp.port, 'the transfer has a port of its own')
  t.same(first?.packet, { kind: 'data', block: 1, data: file.subarray(0, 512) })

  for (const bytes of [Buffer.from([0, 4, 0, 1]), Buffer.from([0, 4, 0, 2]), Buffer.from('junk'), Buffer.alloc(0)]) {
    stranger.send(bytes, tid)
    t.match((await stranger.next())?.packet, { kind: 'error', code: 5 })
  }
  stranger.send({ kind: 'error', code: 0, message: 'stop it' }, tid)
  t.equal(await stranger.next(100), null, 'an ERROR is not answered')

  peer.send({ kind: 'ack', block: 1 }, tid)
  t.same((await peer.next())?.packet, { kind: 'data', block: 2, data: file.subarray(512) })
  peer.send({ kind: 'ack', block: 2 }, tid)
  await tftp.idle()
  t.match(tftp.events, [
    { kind: 'started' },
    { kind: 'finished', bytes: 1000, size: 1000, retransmissions: 0, reason: null },
  ])
})

await t.test('what a client says besides ACK and ERROR is ignored', async (t) => {
  await using tftp = await serving({ 'ipxe.efi': pattern(10) })
  await using peer = await Peer.open()
  peer.send(rrq('ipxe.efi'), tftp.port)
  const tid = (await peer.next())!.from.port
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('\0\x09'),
    Buffer.from('\0\x04\0'),
    Buffer.from('\0\x03\0\x01data'),
  ]) {
    peer.send(bytes, tid)
  }
  t.equal(await peer.next(100), null)
  peer.send({ kind: 'ack', block: 1 }, tid)
  await tftp.idle()
  t.same(tftp.kinds(), ['started', 'finished'])
})
