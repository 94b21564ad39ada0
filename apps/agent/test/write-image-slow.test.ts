import t from 'tap'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { openDisk } from '../src/disk/block-device.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB } from './support/disks.ts'
import { fakeImage, fakeSource, noise } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const KIB = 1024
const SECOND = 5_000_000
/** 480 pieces of 64 KiB, every third of them zeros. */
const image = fakeImage(
  Buffer.concat(Array.from({ length: 480 }, (_, at) => (at % 3 === 2 ? Buffer.alloc(64 * KIB) : noise(64 * KIB, at)))),
  64 * KIB,
)

for (const slow of ['wire', 'disk'] as const)
  await t.test(`a ${slow} of 5 MB/s: memory stays bounded, and the time left is true`, async (t) => {
    // seconds that the slow one has been busy: nothing else takes any
    let clock = 0
    const inMemory = { now: 0, most: 0 }
    const machine = fakeMachine(t)
    addDisk(machine, { name: 'sda', size: 40 * MIB })
    const source = fakeSource(image.chunks)
    const shown: [clock: number, fraction: number][] = []
    await writeImageHandler(
      { manifestSha256: image.manifestSha256, rawSize: image.raw.length },
      fakeContext(
        t,
        {
          ...machine,
          async openDisk(path, mode) {
            const disk = await openDisk(path, mode)
            return {
              ...disk,
              async write(offset, bytes) {
                if (slow === 'disk' && offset < image.raw.length) clock += bytes.length / SECOND
                await disk.write(offset, bytes)
                if (bytes.length >= 32 * KIB && offset < image.raw.length) inMemory.now -= 1
              },
            }
          },
        },
        {
          chunks: [
            {
              name: 'slow',
              async fetch(digest, maxBytes, signal) {
                const bytes = await source.fetch(digest, maxBytes, signal)
                if (digest === image.manifestSha256) return bytes
                if (slow === 'wire') clock += bytes.length / SECOND
                inMemory.now += 1
                inMemory.most = Math.max(inMemory.most, inMemory.now)
                return bytes
              },
            },
          ],
          results: chose('/dev/sda', 40 * MIB),
          progress: (fraction) => void shown.push([clock, fraction]),
        },
      ),
    )
    t.ok(inMemory.most <= 4, `${inMemory.most} frames were in memory`)
    const took = clock
    for (const [at, fraction] of shown) {
      if (fraction < 0.1 || fraction > 0.9) continue
      const left = at / fraction - at
      const error = Math.abs(left - (took - at)) / took
      if (error > 0.15) t.fail(`at ${fraction} ${left} s seemed left, and it was ${took - at} s`)
    }
    t.ok(shown.length > 100)
  })
