import t from 'tap'
import { correction, correctionAtStart } from '../src/clock.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const http = (offset: number) => new Date(now + offset * 1000).toUTCString()

await t.test('the clock is set from a Date that is more than a minute off, either way', async (t) => {
  const cases: [number, number | null][] = [
    [0, null],
    [60, null],
    [-60, null],
    [61, now / 1000 + 61],
    [-61, now / 1000 - 61],
    [10 * 365 * 86_400, now / 1000 + 10 * 365 * 86_400],
  ]
  for (const [offset, set] of cases) t.equal(correction(http(offset), now), set, `${offset} s`)
})

await t.test('a header that says nothing sets nothing', async (t) => {
  for (const header of [null, '', 'yesterday']) t.equal(correction(header, now), null)
})

await t.test('the boot parameters set a wrong clock at the first start, later only one that is behind', async (t) => {
  const made = (offset: number) => new Date(now + offset * 1000).toISOString()
  t.equal(correctionAtStart(made(-7200), now, true), now / 1000 - 7200)
  t.equal(correctionAtStart(made(-7200), now, false), null, 'they were made two hours ago')
  t.equal(correctionAtStart(made(7200), now, false), now / 1000 + 7200)
  t.equal(correctionAtStart(made(5), now, true), null)
})
