import { once } from 'node:events'
import t from 'tap'
import { streamOf } from '../src/boot/ipxe-files.ts'

const content = Buffer.alloc(200_000, 'snponly')

function bootFile(read = (at: number, length: number) => content.subarray(at, at + length)) {
  const file = {
    size: content.length,
    closed: 0,
    read: async (at: number, length: number) => read(at, length),
    close: async () => void file.closed++,
  }
  return file
}

await t.test('a boot file is sent whole, and closed once', async (t) => {
  const file = bootFile()
  t.ok(Buffer.concat(await streamOf(file).toArray()).equals(content))
  t.equal(file.closed, 1)
})

await t.test('it is closed for a client that went before its first byte, and for one that went after', async (t) => {
  const unread = bootFile()
  const stream = streamOf(unread)
  stream.destroy()
  await once(stream, 'close')
  t.equal(unread.closed, 1)

  const begun = bootFile()
  for await (const _ of streamOf(begun)) break
  t.equal(begun.closed, 1)
})

await t.test('a file that cannot be read, or has become shorter, breaks the transfer off', async (t) => {
  const broken = bootFile(() => {
    throw new Error('EIO')
  })
  await t.rejects(streamOf(broken).toArray(), /EIO/)
  const short = bootFile((at, length) => content.subarray(at, Math.min(at + length, 100_000)))
  await t.rejects(streamOf(short).toArray(), /it ends after 100000 of 200000 bytes/)
  t.strictSame([broken.closed, short.closed], [1, 1])
})
