import t from 'tap'
import { FIRST_PART, nextPart, secondsLeft } from '../src/server/sending-parts.ts'

// One promise: a file goes in parts that take about a second each, on a slow line as on a fast one.

const MIB = 1024 * 1024

await t.test('parts grow with the line, and no faster than fourfold', (t) => {
  let part = FIRST_PART
  const parts = Array.from({ length: 5 }, () => {
    const milliseconds = (part / (100 * MIB)) * 1000
    part = nextPart(part, milliseconds)
    return part / MIB
  })
  t.strictSame(parts, [4, 16, 32, 32, 32])
  t.end()
})

await t.test('a slow line has small ones, but not too small, and whatever the clock says they have bytes', (t) => {
  t.equal(nextPart(MIB, 2000), MIB / 2)
  t.equal(nextPart(MIB, 60_000), MIB / 4)
  t.equal(nextPart(8 * MIB, 0), 32 * MIB)
  t.end()
})

await t.test('the time that is left', (t) => {
  t.strictSame([secondsLeft(10, 3), secondsLeft(10, null), secondsLeft(10, 0)], [4, null, null])
  t.end()
})
