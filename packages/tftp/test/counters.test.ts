import t from 'tap'
import { fetch, Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

await t.test('everything that happened is counted once, under its name', async (t) => {
  await using tftp = await serving(
    { a: pattern(3000) },
    { maxTransfersPerClient: 1, patience: { firstMs: 20, lastTries: 1 } },
  )
  const refused = async (...asked: Parameters<typeof rrq>) => {
    await using peer = await Peer.open()
    peer.send(rrq(...asked), tftp.port)
    t.match((await peer.next())?.packet, { kind: 'error' })
    await tftp.idle()
  }
  await refused('gone')
  await refused('../a')
  await refused('a', [], 'mail')
  await refused('a', [['blksize', 'x']])
  await fetch(tftp.port, 'a')
  await tftp.idle()

  await using peer = await Peer.open()
  peer.send({ kind: 'wrq', filename: 'a', mode: 'octet', options: [] }, tftp.port)
  await peer.next()
  peer.send(Buffer.from([0, 9]), tftp.port)
  await peer.next()
  peer.send({ kind: 'ack', block: 3 }, tftp.port)
  await peer.next()
  await tftp.idle()
  await using second = await Peer.open()
  second.send(rrq('a'), tftp.port)
  await second.next()
  peer.send(rrq('a', [['blksize', '1468']]), tftp.port)
  const tid = (await peer.next())!.from.port
  peer.send(rrq('a', [['blksize', '1468']]), tftp.port)
  peer.send({ kind: 'ack', block: 0 }, tid)
  while ((await peer.next())?.packet.kind !== 'data');
  await using third = await Peer.open()
  third.send(rrq('a'), tftp.port)
  t.equal(await third.next(10), null, 'no room')
  for (const block of [1, 2]) peer.send({ kind: 'ack', block }, tid)
  await tftp.idle() // the third block is never acknowledged

  const { bytes, retransmissions, ...counts } = tftp.server.counters()
  t.same(counts, {
    requests: 10,
    repeated: 1,
    started: 3,
    finished: 2,
    finishedUnacknowledged: 1,
    aborted: 1,
    gaveWay: 1,
    probed: 0,
    failed: 0,
    refused: 6,
    refusedNotFound: 1,
    refusedDenied: 0,
    refusedName: 1,
    refusedWrite: 1,
    refusedMode: 1,
    refusedOption: 1,
    refusedBusy: 1,
    malformed: 1,
    strays: 1,
  })
  t.equal(bytes, 3000 + 2 * 1468)
  t.ok(retransmissions >= 1)
  t.match(tftp.events.at(-1), {
    kind: 'finished',
    reason: { code: 'tftp-last-ack-missing', slots: {} },
    blksize: 1468,
    windowsize: 1,
  })
})
