import t from 'tap'
import { RateLimit } from '../src/rate-limit.ts'

// Promise: a key passes so often a second, other keys are not held up, and memory stays bounded.

await t.test('so many in a second', async (t) => {
  const limit = new RateLimit(2, 10)
  t.same(
    [0, 1, 2, 999, 1000, 1001, 1002].map((now) => limit.allow('a', now)),
    [true, true, false, false, true, true, false],
  )
  t.equal(limit.allow('b', 999), true)
})

await t.test('bounded, the oldest goes', async (t) => {
  const limit = new RateLimit(1, 100)
  for (let i = 0; i < 100_000; i += 1) limit.allow(`machine ${i}`, 0)
  t.equal(limit.size, 100)
  t.equal(limit.allow('machine 99999', 1), false, 'the newest is still counted')
  t.equal(limit.allow('machine 0', 1), true, 'the oldest is forgotten')
})

t.equal(new RateLimit(0, 10).allow('a', 0), false, 'zero lets nothing pass')
