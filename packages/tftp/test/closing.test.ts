import t from 'tap'
import { startTftpServer } from '../src/index.ts'
import { Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

await t.test('close() tells the clients, closes the files and frees the port', async (t) => {
  const tftp = await serving({ a: pattern(3) })
  await using peer = await Peer.open()
  peer.send(rrq('a'), tftp.port)
  await peer.next()
  await Promise.all([tftp.server.close(), tftp.server.close()])
  t.match((await peer.next())?.packet, { kind: 'error', code: 0, message: /stop/ })
  t.equal(tftp.server.transfers, 0)
  t.match(tftp.events[1], { kind: 'aborted', reason: { code: 'tftp-stopping' } })
  t.same(tftp.calls.at(-1), 'close a')
  await using next = await serving({}, { listen: { address: '127.0.0.1', port: tftp.port } })
  t.equal(next.port, tftp.port)
})

await t.test('a socket that cannot be had is an error at the start', async (t) => {
  await using tftp = await serving({})
  const start = (listen: Parameters<typeof startTftpServer>[0]['listen']) =>
    startTftpServer({ listen, serverAddress: '127.0.0.1', open: async () => 'not-found' })
  await t.rejects(start({ address: '127.0.0.1', port: tftp.port }), { code: 'EADDRINUSE' })
  await t.rejects(start({ address: '192.0.2.1', port: 0 }), { code: 'EADDRNOTAVAIL' })
  await t.rejects(start({ fd: 9999 }), 'a descriptor that is none')
})

await t.test('a server address that is gone fails the transfer, not the server', async (t) => {
  await using tftp = await serving({ a: pattern(3) }, { serverAddress: '192.0.2.1' })
  await using peer = await Peer.open()
  for (let times = 0; times < 2; times++) {
    peer.send(rrq('a'), tftp.port)
    t.equal(await peer.next(100), null)
  }
  t.match(
    tftp.events,
    Array(2).fill({
      kind: 'failed',
      reason: { code: 'tftp-no-socket', slots: { text: /EADDRNOTAVAIL 192\.0\.2\.1/ } },
    }),
  )
})

await t.test('a file that shrinks or breaks while it is read ends the transfer with an ERROR', async (t) => {
  for (const [read, text] of [
    [async () => new Uint8Array(100), /got 100 of 1000 bytes at 0/],
    [() => Promise.reject(new Error('EIO')), /EIO/],
  ] as const) {
    await using tftp = await serving({}, { open: async () => ({ size: 1000, read }) })
    await using peer = await Peer.open()
    peer.send(rrq('a'), tftp.port)
    t.match((await peer.next())?.packet, { kind: 'error', code: 0, message: /could not read/ })
    await tftp.idle()
    t.match(tftp.events[1], { kind: 'failed', reason: { code: 'tftp-unreadable', slots: { text } } })
  }
})
