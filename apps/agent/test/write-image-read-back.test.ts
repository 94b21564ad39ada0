import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, unmarked } from './support/disks.ts'
import { type FakeImage, fakeImage, fakeSource, noise } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'
import { onlyRoot, spoils, type Watch, watched } from './support/watched-disk.ts'

const KIB = 1024
/** Five frames of 64 KiB with zeros in the middle. */
const image = fakeImage(Buffer.concat([noise(128 * KIB), Buffer.alloc(64 * KIB), noise(128 * KIB, 2)]), 64 * KIB)

/** An image, and a disk that is full of old bytes. */
function writing(t: Test, of: FakeImage, watch: Watch & { device?: boolean } = {}, size = 4 * MIB) {
  const plain = fakeMachine(t)
  const node = addDisk(plain, { name: 'sda', size })
  writeFileSync(node, noise(size, 99))
  const { machine, steps } = watched(plain, { ...watch, ...(watch.device ? { asDevice: node } : {}) })
  const context = fakeContext(t, machine, { chunks: [fakeSource(of.chunks)], results: chose('/dev/sda', size) })
  const args = { manifestSha256: of.manifestSha256, rawSize: of.raw.length }
  return { node, steps, write: () => writeImageHandler(args, context) }
}

/** Without the sectors in which a run keeps its mark and sector 0. */
const withoutMark = (steps: string[]) => steps.filter((step) => !/^read \d+\+512$/.test(step))

const reads = (of: FakeImage) => of.manifest.frames.map(({ offset, length }) => `read ${offset}+${length}`)

await t.test('everything is on the disk before it is read back, first frame to last', async (t) => {
  const { steps, write } = writing(t, image)
  await write()
  const end = steps.indexOf('close')
  t.equal(steps[end - 1], 'sync')
  t.strictSame(withoutMark(steps.slice(end)), ['close', 'open read', ...reads(image), 'close'])
})

await t.test('what the kernel cached is dropped before it is read back', onlyRoot, async (t) => {
  const { steps, write } = writing(t, image, { device: true })
  await write()
  const end = steps.indexOf('close')
  t.strictSame(steps.slice(end, end + 4), ['close', 'blockdev --flushbufs', 'blockdev --rereadpt', 'open read'])
})

await t.test('sixteen frames are read back of a large image, its first and its last among them', async (t) => {
  const large = fakeImage(noise(50 * 4 * KIB), 4 * KIB)
  const { steps, write } = writing(t, large)
  await write()
  const sampled = withoutMark(steps.slice(steps.indexOf('open read') + 1, -1))
  t.equal(new Set(sampled).size, 16)
  t.equal(sampled[0], reads(large)[0])
  t.equal(sampled.at(-1), reads(large).at(-1))
})

for (const { offset } of image.manifest.frames) {
  const message = `The disk /dev/sda does not give back what was written at byte ${offset}; it may be failing`
  await t.test(`a disk that gives back other bytes than were written at ${offset}`, async (t) => {
    await t.rejects(writing(t, image, { givesBack: spoils(offset) }).write(), { message })
  })
  await t.test(`and one that held them already, but does not any more at ${offset}`, async (t) => {
    const { node, write } = writing(t, image, { givesBack: spoils(offset) })
    writeFileSync(node, Buffer.concat([image.raw, noise(4 * MIB - image.raw.length)]))
    await t.rejects(write(), { message })
  })
}

await t.test('a disk that does not keep, or does not take, what is written', async (t) => {
  const refuses = () => {
    throw new Error('The disk /dev/sda did not keep what was written: EIO')
  }
  const cases: [string, Watch][] = [
    ['its sync fails', { onSync: refuses }],
    ['a frame is refused', { onWrite: (offset) => void (offset === 64 * KIB && refuses()) }],
    ['zeros are refused', { onWrite: (offset) => void (offset === 128 * KIB && refuses()) }],
    ['zeros at its end are refused', { onWrite: (offset) => void (offset === 3 * MIB && refuses()) }],
  ]
  for (const [name, watch] of cases)
    await t.test(name, async (t) => {
      const { steps, write } = writing(t, image, watch)
      await t.rejects(write(), { message: 'The disk /dev/sda did not keep what was written: EIO' })
      t.notOk(steps.includes('open read'))
    })
})

await t.test('old tables at the end of the disk go, and nothing of an image that reaches there', async (t) => {
  for (const [name, behind] of [
    ['far from its end', 2 * MIB],
    ['into its last MiB', 512 * KIB],
    ['up to the very end', 0],
  ] as const)
    await t.test(`an image ${name}`, async (t) => {
      const { raw } = image
      const { node, write } = writing(t, image, {}, raw.length + behind)
      await write()
      const disk = unmarked(readFileSync(node))
      t.ok(disk.subarray(0, raw.length).equals(raw))
      const kept = Math.max(raw.length, disk.length - MIB)
      t.ok(disk.subarray(kept).every((byte) => byte === 0))
      t.ok(disk.subarray(raw.length, kept).equals(noise(disk.length, 99).subarray(raw.length, kept)))
    })
})
