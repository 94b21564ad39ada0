import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { inMemory, readAhead } from '../src/read-ahead.ts'
import { pattern } from './support/serving.ts'

await t.test('blocks come from pieces, and the next piece is asked for while this one is sent', async (t) => {
  const file = pattern(150_000)
  const reads: string[] = []
  const block = readAhead(
    {
      size: file.length,
      read: async (offset, length) => {
        reads.push(`${offset}+${length}`)
        return file.subarray(offset, offset + length)
      },
    },
    512,
  )
  t.same(reads, [], 'nothing is read before it is asked for')
  const got: Uint8Array[] = []
  let waits = 0
  for (let number = 1; number <= 293; number++) {
    let data = block(number)
    if (!(data instanceof Uint8Array)) {
      waits++
      await data
      data = block(number)
    }
    if (number === 1) t.same(reads, ['0+65536', '65536+65536'])
    got.push(data as Uint8Array)
    await setImmediate() // as the network between two blocks
  }
  t.ok(Buffer.concat(got).equals(file))
  t.same(reads, ['0+65536', '65536+65536', '131072+18928'], 'each byte once')
  t.equal(waits, 1)
  t.same(block(128 + 1 - 16), file.subarray(112 * 512, 113 * 512), 'a window back over the edge of a piece')
})

await t.test('the ends of files', (t) => {
  const sizes = [0, 1, 511, 512, 65536, 65537]
  for (const size of sizes) {
    const block = readAhead(inMemory(pattern(size)), 512)
    const last = Math.floor(size / 512) + 1
    t.equal((block(last) as Uint8Array).length, size % 512, `${size} bytes: block ${last}`)
  }
  t.end()
})

await t.test('a file that is shorter than it said', async (t) => {
  t.throws(() => readAhead({ size: 1000, read: () => new Uint8Array(10) }, 512)(1), /got 10 of 1000 bytes at 0/)
  await t.rejects(
    Promise.resolve(readAhead({ size: 1000, read: async () => new Uint8Array(10) }, 512)(1)),
    /was it changed/,
  )
})
