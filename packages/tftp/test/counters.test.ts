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
  peer.send(rrq('a', [['blksize', '1468']]), tftp.port)
  const tid = (await peer.next())!.from.port
  await using second = await Peer.open()
  second.send(rrq('a'), tftp.port)
  t.equal(await second.next(10), null, 'no room')
  peer.send(rrq('a', [['blksize', '1468']]), tftp.port)
  for (const block of [0, 1, 2]) peer.send({ kind: 'ack', block }, tid)
  await tftp.idle() // the third block is never acknowledged

  const { bytes, retransmissions, ...counts } = tftp.server.counters()
  t.same(counts, {
    requests: 9,
    repeated: 1,
    started: 2,
    finished: 2,
    finishedUnacknowledged: 1,
    aborted: 0,
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
