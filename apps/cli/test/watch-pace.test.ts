import t from 'tap'
import { restFor } from '../src/watch-pace.ts'

await t.test('how long what is shown may stand', async (t) => {
  const still = { told: false, listening: true, sinceMoved: Number.POSITIVE_INFINITY, took: 20 }
  t.equal(restFor(still), 10_000, 'nothing moves, and whatever happens would be told')
  t.equal(restFor({ ...still, told: true }), 500, 'it was told')
  t.equal(restFor({ ...still, listening: false }), 2000, 'nobody tells')
  t.equal(restFor({ ...still, listening: false, told: true }), 500, 'it was told before the stream broke')
  t.equal(restFor({ ...still, sinceMoved: 4000 }), 2000, 'it moves by itself')
  t.equal(restFor({ ...still, told: true, took: 3000 }), 6000, 'a server that has enough to do')
})
