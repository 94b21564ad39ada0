import t from 'tap'
import { calm, delay } from '../src/back-off.ts'

await t.test('waits double up to five seconds and are cut by up to a half', async (t) => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 100].map((failures) => delay(failures, { ...calm, random: () => 1 }))
  t.strictSame(longest, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000])
  const shortest = [1, 6, 1_000_000].map((failures) => delay(failures, { ...calm, random: () => 0 }))
  t.strictSame(shortest, [125, 2500, 2500])
})
