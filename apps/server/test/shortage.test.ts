import t from 'tap'
import { shortage } from '../src/shortage.ts'

await t.test('what happens without end is told at once, then once a minute, with how often it was', async (t) => {
  let now = 1_000_000
  const told: number[] = []
  const short = shortage(
    (times) => told.push(times),
    () => now,
  )
  for (let i = 0; i < 1000; i++) short()
  t.strictSame(told, [1])
  now += 60_000
  for (let i = 0; i < 1000; i++) short()
  t.strictSame(told, [1, 1000])
  now -= 3_600_000
  short()
  t.strictSame(told, [1, 1000, 1000], 'also by a clock that was set back')
})
