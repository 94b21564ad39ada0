import t from 'tap'
import { MOST_ROWS, RowRenewal } from '../src/server/renewal.ts'

// One promise: of rows that change, those in sight are renewed first, and none is forgotten.

const row = (number: number) => `n-${String(number).padStart(3, '0')}`
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, each) => row(from + each))

/** A list of so many rows; what is read of it stands in `reads`, and goes on when `answer` or `fail` is called. */
function list(loaded: string[]) {
  const reads: string[][] = []
  const timers: { wait: number; go: () => void }[] = []
  const state = { isReading: false }
  let done = Promise.withResolvers<void>()
  const renewal = new RowRenewal({
    loaded: () => loaded,
    isReading: () => state.isReading,
    read: (ids) => {
      reads.push(ids)
      done = Promise.withResolvers<void>()
      return done.promise
    },
    after: (wait, go) => void timers.push({ wait, go }),
  })
  const rounds = async () => {
    await new Promise(setImmediate)
    for (const { go } of timers.splice(0)) go()
    await new Promise(setImmediate)
  }
  const answer = () => {
    done.resolve()
    return rounds()
  }
  return { renewal, reads, timers, state, answer, rounds, fail: () => done.reject(new Error('busy')) }
}

await t.test('in sight first, the rest in the order of the list, one request at a time', async (t) => {
  const { renewal, reads, answer, timers } = list(rows(0, 300))
  renewal.see(rows(250, 280))
  renewal.add(rows(100, 300).toReversed())
  t.strictSame(reads, [[...rows(250, 280), ...rows(100, 110)]])
  renewal.see(rows(285, 295))
  await answer()
  t.strictSame(reads[1], [...rows(285, 295), ...rows(110, 140)], 'what came into sight meanwhile')
  t.equal(reads.length, 2)
  for (let times = 0; times < 3; times++) await answer()
  t.ok(reads.every(({ length }) => length <= MOST_ROWS))
  t.strictSame(reads.flat().toSorted(), rows(100, 300), 'each once')
  await answer()
  t.strictSame([reads.length, timers.length], [5, 0], 'and nothing more')
})

await t.test('what changes again while it is read, and what could not be read', async (t) => {
  const { renewal, reads, answer, rounds, fail, timers } = list(rows(0, 10))
  renewal.add([row(1), row(2)])
  renewal.add([row(2), row(3)])
  await answer()
  t.strictSame(reads, [
    [row(1), row(2)],
    [row(2), row(3)],
  ])
  fail()
  await new Promise(setImmediate)
  t.equal(timers[0]!.wait, 5000, 'a server in need is left alone for a while')
  await rounds()
  t.strictSame(reads[2], [row(2), row(3)])
  await answer()
  t.equal(timers.length, 0)
})

await t.test('a list that is being read may bring what is older', async (t) => {
  const loaded = rows(0, 2)
  const { renewal, reads, state, answer, rounds, timers } = list(loaded)
  state.isReading = true
  renewal.add([row(0), row(2)])
  await answer()
  t.strictSame(reads, [[row(0)]])
  await rounds()
  t.strictSame(reads, [[row(0)]], 'not over and over')
  loaded.push(row(2))
  state.isReading = false
  await rounds()
  t.strictSame(reads[1], [row(0), row(2)], 'once more, with what was loaded meanwhile')
  await answer()
  t.equal(timers.length, 0)
})

await t.test('what is not loaded, and the end', async (t) => {
  const { renewal, reads, answer, timers } = list(rows(0, 100))
  renewal.add([row(200), row(201)])
  t.strictSame([reads.length, timers.length], [0, 0])
  renewal.add(rows(0, 100))
  renewal.stop()
  await answer()
  t.equal(reads.length, 1)
})
