import { readFileSync, writeFileSync } from 'node:fs'
import { zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, unmarked } from './support/disks.ts'
import { type FakeImage, fakeImage, fakeSource, noise, sha256, withManifest } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const DISK = 40 * MIB
const OLD = noise(DISK, 99)
/** Six frames: bytes, zeros, bytes, zeros, bytes and a short last one. */
const RAW = Buffer.concat([
  noise(4 * MIB, 1),
  Buffer.alloc(4 * MIB),
  noise(4 * MIB, 2),
  Buffer.alloc(4 * MIB),
  noise(4 * MIB, 3),
  noise(MIB + 512, 4),
])

function at(t: Test, image: FakeImage, old: Buffer = Buffer.alloc(DISK)) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sda', size: DISK })
  writeFileSync(node, old)
  const source = fakeSource(image.chunks)
  const context = fakeContext(t, machine, { chunks: [source], results: chose('/dev/sda', DISK) })
  return { node, source, context, args: { manifestSha256: image.manifestSha256, rawSize: image.raw.length } }
}

for (const [name, old] of [
  ['a new disk', Buffer.alloc(DISK)],
  ['a disk full of old bytes', OLD],
] as const)
  await t.test(`${name} holds the image byte for byte`, async (t) => {
    const image = fakeImage(RAW)
    const { node, source, context, args } = at(t, image, old)
    const { result } = await writeImageHandler(args, context)
    const disk = unmarked(readFileSync(node))
    t.equal(sha256(disk.subarray(0, RAW.length)), image.manifest.rawSha256)
    t.ok(
      disk.subarray(RAW.length, -MIB).equals(old.subarray(RAW.length, -MIB)),
      'what lies behind the image is left alone',
    )
    t.ok(
      disk.subarray(-MIB).every((byte) => byte === 0),
      'but for the old tables at the end of the disk',
    )
    const bytesFetched = image.manifest.frames.reduce((sum, { size }) => sum + size, 0)
    t.strictSame(result, { framesWritten: 4, framesKept: 0, bytesFetched })
    t.equal(source.asked.length, 5, 'zeros are not transferred')
    t.equal(context.steps.at(-1), 1)
    t.strictSame(
      context.steps,
      [...context.steps].sort((a, b) => a - b),
    )
  })

await t.test('a chunk that comes damaged once is fetched again', async (t) => {
  const image = fakeImage(RAW)
  const { node, source, context, args } = at(t, image)
  const target = image.manifest.frames[1]!.sha256
  let times = 0
  const flaky = {
    ...source,
    async fetch(digest: string, maxBytes: number, signal: AbortSignal) {
      const bytes = await source.fetch(digest, maxBytes, signal)
      if (digest !== target || times++ > 0) return bytes
      const damaged = Buffer.from(bytes)
      damaged[100]! ^= 1
      return damaged
    },
  }
  await writeImageHandler(args, { ...context, chunks: [flaky] })
  t.equal(sha256(unmarked(readFileSync(node)).subarray(0, RAW.length)), image.manifest.rawSha256)
  t.equal(times, 2)
})

await t.test('nothing unverified reaches the disk', async (t) => {
  const cases: [string, (image: FakeImage) => FakeImage, RegExp][] = [
    [
      'a chunk damaged at the source',
      (image) => {
        const { sha256 } = image.manifest.frames[1]!
        const damaged = Buffer.from(image.chunks.get(sha256)!)
        damaged[100]! ^= 1
        image.chunks.set(sha256, damaged)
        return image
      },
      /^Chunk [0-9a-f]{64} is missing or damaged at every source \(asked 3 times each: source\); add the image again$/,
    ],
    [
      'a missing chunk',
      (image) => {
        image.chunks.delete(image.manifest.frames[1]!.sha256)
        return image
      },
      /^Chunk [0-9a-f]{64} is missing or damaged at every source/,
    ],
    [
      'a chunk that holds too little',
      (image) => replaced(image, zstdCompressSync(RAW.subarray(8 * MIB, 9 * MIB))),
      /holds 1048576 bytes, its manifest says 4194304$/,
    ],
    [
      'a chunk that holds too much',
      (image) => replaced(image, zstdCompressSync(noise(5 * MIB))),
      /does not decompress to 4194304 bytes/,
    ],
    [
      'a chunk that holds other bytes',
      (image) => replaced(image, zstdCompressSync(noise(4 * MIB, 77))),
      /holds other bytes than its manifest says$/,
    ],
    ['a chunk that is not zstd', (image) => replaced(image, noise(5000)), /does not decompress/],
  ]
  for (const [name, spoil, message] of cases)
    await t.test(name, async (t) => {
      const image = spoil(fakeImage(RAW))
      const { node, context, args } = at(t, image)
      await t.rejects(writeImageHandler(args, context), { message })
      const frame = readFileSync(node).subarray(8 * MIB, 12 * MIB)
      t.ok(frame.equals(Buffer.alloc(4 * MIB)))
    })
})

/** The image with another chunk for its second frame, announced with its right digest. */
function replaced(image: FakeImage, packed: Buffer): FakeImage {
  image.chunks.set(sha256(packed), packed)
  const frames = image.manifest.frames.map((frame, index) =>
    index === 1 ? { ...frame, sha256: sha256(packed), size: packed.length } : frame,
  )
  return { ...image, ...withManifest({ ...image.manifest, frames }, image.chunks) }
}

await t.test('refuses before it writes', async (t) => {
  const cases: [string, (image: FakeImage) => FakeImage, RegExp][] = [
    [
      'an image larger than the disk',
      () => fakeImage(Buffer.concat([noise(4 * MIB), Buffer.alloc(40 * MIB)])),
      /^The image has 46.1 MB, the disk \/dev\/sda only 41.9 MB$/,
    ],
    [
      'an image for another architecture',
      (image) => ({
        ...image,
        ...withManifest(
          { ...image.manifest, architecture: image.manifest.architecture === 'arm64' ? 'x86_64' : 'arm64' },
          image.chunks,
        ),
      }),
      /^The image is for (arm64|x86_64), this machine is /,
    ],
    [
      'a manifest of another size than the plan’s',
      (image) => ({ ...fakeImage(RAW.subarray(0, 4 * MIB)), raw: image.raw }),
      /^The image's manifest is for 4194304 bytes, the plan is for /,
    ],
    [
      'a manifest with a gap',
      (image) => ({
        ...image,
        ...withManifest({ ...image.manifest, zeros: image.manifest.zeros.slice(1) }, image.chunks),
      }),
      /is not valid: frames frames and zeros leave a gap/,
    ],
    [
      'a manifest that is no JSON',
      (image) => {
        const text = Buffer.from('<html>')
        image.chunks.set(sha256(text), text)
        return { ...image, manifestSha256: sha256(text) }
      },
      /is not JSON$/,
    ],
  ]
  for (const [name, spoil, message] of cases)
    await t.test(name, async (t) => {
      const { node, context, args } = at(t, spoil(fakeImage(RAW)), OLD)
      await t.rejects(writeImageHandler(args, context), { message })
      t.ok(readFileSync(node).equals(OLD))
    })
})

await t.test('a cancelled run stops writing', async (t) => {
  const image = fakeImage(RAW)
  const { context, source, args } = at(t, image)
  const cancelled = new AbortController()
  const chunks = [
    {
      ...source,
      async fetch(digest: string, maxBytes: number, signal: AbortSignal) {
        if (source.asked.length === 2) cancelled.abort(new Error('A person cancelled the run'))
        return source.fetch(digest, maxBytes, signal)
      },
    },
  ]
  await t.rejects(writeImageHandler(args, { ...context, chunks, signal: cancelled.signal }), {
    message: 'A person cancelled the run',
  })
  t.ok(source.asked.length < 5, `${source.asked.length} chunks were asked for`)
})
