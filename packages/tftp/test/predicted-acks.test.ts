import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Peer, rrq } from './support/client.ts'
import { pattern, serving } from './support/serving.ts'

// Promise: a client that acknowledges windows before it has them gets its file, and the service goes on.

const BLKSIZE = 1468
const WINDOW = 16

await t.test('ACKs for the next windows while the file is being read', { timeout: 10_000 }, async (t) => {
  const file = pattern(8 * 64 * 1024)
  await using tftp = await serving(
    {},
    {
      open: async () => ({
        size: file.length,
        read: async (offset, length) => {
          await sleep(50)
          return file.subarray(offset, offset + length)
        },
      }),
    },
  )
  await using peer = await Peer.open()
  const options = [
    ['blksize', String(BLKSIZE)],
    ['windowsize', String(WINDOW)],
  ] as const
  peer.send(rrq('a', options), tftp.port)
  const oack = await peer.next()
  const to = oack!.from.port
  const last = Math.floor(file.length / BLKSIZE) + 1
  // while the first piece is read, then again and again: over eight pieces
  for (let block = 0; block < last; block += WINDOW) peer.send({ kind: 'ack', block }, to)
  const blocks: Uint8Array[] = []
  while (blocks.length < last) {
    const heard = await peer.next()
    if (heard?.packet.kind !== 'data') return t.fail(`after ${blocks.length} of ${last} blocks: ${heard?.packet.kind}`)
    if (heard.packet.block === blocks.length + 1) blocks.push(Buffer.from(heard.packet.data))
  }
  t.ok(Buffer.concat(blocks).equals(file))
  peer.send({ kind: 'ack', block: last }, to)
  await tftp.idle()
  t.match(tftp.events.at(-1), { kind: 'finished', bytes: file.length })
})
