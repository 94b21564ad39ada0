import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Failure } from '../src/failure.ts'
import { mediumChunks } from '../src/medium/chunks.ts'
import { type Found, findMedium } from '../src/medium/found.ts'
import { fakeImage, noise } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'
import { insert, makeMedium } from './support/medium.ts'

const USB = 'pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/block'
const image = fakeImage(noise(4096))
const medium = makeMedium(t.testdir(), image)
const signal = new AbortController().signal

const found = async (machine: ReturnType<typeof fakeMachine>): Promise<Found> => {
  const here = await findMedium(machine, medium.seal)
  if ('fault' in here) throw new Error(here.fault ?? 'no medium')
  return here
}

await t.test('chunks by their digest; what it has not, or is longer than may be, is missing', async (t) => {
  const machine = fakeMachine(t)
  insert(addDisk(machine, { name: 'sdb', size: medium.bytes.length, bus: USB }), medium)
  const source = mediumChunks(await found(machine), () => found(machine))
  for (const [digest, bytes] of image.chunks) t.ok((await source.fetch(digest, bytes.length, signal)).equals(bytes))
  const [[digest, bytes] = ['', Buffer.alloc(0)]] = image.chunks
  await t.rejects(source.fetch('0'.repeat(64), 100, signal), { message: /has no chunk 0000/ })
  await t.rejects(source.fetch(digest, bytes.length - 1, signal), { message: /is longer than/ })
})

await t.test('a stick that is gone is looked for at each question, and read again under its new name', async (t) => {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sdb', size: medium.bytes.length, bus: USB })
  insert(node, medium)
  const first = await found(machine)
  // its handle stays, and reads fail, as with a device that was unplugged
  const gone = {
    read: async () =>
      Promise.reject(new Failure({ code: 'disk-ends', slots: { disk: '/dev/sdb', offset: 0, wanted: 1 } })),
  }
  const source = mediumChunks({ ...first, source: gone }, () => found(machine))
  rmSync(join(machine.sysRoot, 'block/sdb'))
  const [[digest, bytes] = ['', Buffer.alloc(0)]] = image.chunks
  await t.rejects(source.fetch(digest, bytes.length, signal), { message: /\/dev\/sdb/ })
  await t.rejects(source.fetch(digest, bytes.length, signal), { message: 'no medium' })
  insert(addDisk(machine, { name: 'sdc', size: medium.bytes.length, bus: USB }), medium)
  t.ok((await source.fetch(digest, bytes.length, signal)).equals(bytes))
})

await t.test('another medium, and one whose directory is damaged, are not taken for it', async (t) => {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sdb', size: medium.bytes.length, bus: USB })
  insert(node, medium)
  t.strictSame(await findMedium(machine, '0'.repeat(64)), { fault: null })
  const spoilt = readFileSync(node)
  spoilt[1024 * 1024 + 100]! ^= 1
  writeFileSync(node, spoilt)
  t.strictSame(await findMedium(machine, medium.seal), {
    fault: 'The medium /dev/sdb is damaged: its first page is damaged.',
  })
})

await t.test(
  'two reads that fail at once: both say why, one look finds it again, and its handle stays open',
  async (t) => {
    const machine = fakeMachine(t)
    insert(addDisk(machine, { name: 'sdb', size: medium.bytes.length, bus: USB }), medium)
    const first = await found(machine)
    let closed = 0
    let looks = 0
    const pulled: Found = {
      ...first,
      source: { read: async () => Promise.reject(new Error('the disk is gone')) },
      disk: {
        ...first.disk,
        async [Symbol.asyncDispose]() {
          closed += 1
          await first.disk[Symbol.asyncDispose]()
        },
      },
    }
    const source = mediumChunks(pulled, async () => {
      looks += 1
      return await found(machine)
    })
    const [[digest, bytes] = ['', Buffer.alloc(0)]] = image.chunks
    const twice = () => Promise.allSettled([1, 2].map(() => source.fetch(digest, bytes.length, signal)))
    const gone = { status: 'rejected', reason: { message: 'the disk is gone' } }
    t.match(await twice(), [gone, gone])
    const there = { status: 'fulfilled', value: bytes }
    t.match(await twice(), [there, there])
    t.match(await twice(), [there, there])
    t.equal(closed, 1)
    t.equal(looks, 1)
  },
)

await t.test('a stick goes before a copy on a disk within the machine; of two sticks none is taken', async (t) => {
  const machine = fakeMachine(t)
  insert(addDisk(machine, { name: 'sda', size: medium.bytes.length }), medium)
  t.match((await found(machine)).facts, { path: '/dev/sda' }, 'alone it is found')
  insert(addDisk(machine, { name: 'sdb', size: medium.bytes.length, bus: USB }), medium)
  t.match((await found(machine)).facts, { path: '/dev/sdb' })
  insert(addDisk(machine, { name: 'sdc', size: medium.bytes.length, bus: USB.replaceAll('1-1', '1-2') }), medium)
  t.strictSame(await findMedium(machine, medium.seal), {
    fault: 'Both /dev/sdb and /dev/sdc are the medium that this machine started from: take one out.',
  })
})
