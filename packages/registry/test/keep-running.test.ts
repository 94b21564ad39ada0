import t from 'tap'
import { keepRunning } from '../src/index.ts'

// One promise: an embedded PostgreSQL that ends is started again, for as long as it takes, and what is wrong is known.

/** A PostgreSQL that ends when it is told to, and starts as often as `fails` lets it. */
function fake(fails: () => string | null) {
  let end = Promise.withResolvers<string>()
  return {
    get ended() {
      return end.promise
    },
    async startAgain() {
      const why = fails()
      if (why) throw new Error(why)
      end = Promise.withResolvers<string>()
    },
    fall: (why: string) => end.resolve(why),
  }
}

async function kept(fails: () => string | null) {
  const postgres = fake(fails)
  const lines: string[] = []
  const pauses: number[] = []
  let clock = 0
  let lasts = Number.POSITIVE_INFINITY
  const troubles: (string | null)[] = []
  const keeper = keepRunning(postgres, {
    log: (line) => lines.push(line),
    now: () => clock,
    async pause(milliseconds, signal) {
      pauses.push(milliseconds)
      troubles.push(keeper.trouble())
      if (pauses.length > lasts)
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  return {
    keeper,
    lines,
    pauses,
    troubles,
    pass: (milliseconds: number) => {
      clock += milliseconds
    },
    stopAfter: (count: number) => {
      lasts = count
    },
    fall: async () => {
      const before = lines.filter((line) => /runs again/.test(line)).length
      postgres.fall('PostgreSQL ended by SIGKILL; see postgres.log')
      while (lines.filter((line) => /runs again/.test(line)).length === before) await new Promise(setImmediate)
    },
    fallFor: async (count: number) => {
      postgres.fall('PostgreSQL ended by SIGKILL; see postgres.log')
      while (pauses.length < count) await new Promise(setImmediate)
    },
  }
}

await t.test('at once the first time, later and later when it falls soon after', async (t) => {
  const { fall, pass, pauses, lines, keeper, troubles } = await kept(() => null)
  t.equal(keeper.trouble(), null)
  for (const lasted of [0, 10, 59_999, 60_000, 3_600_000, 1]) {
    pass(lasted)
    await fall()
  }
  t.strictSame(pauses, [0, 1_000, 2_000, 0, 0, 1_000])
  t.strictSame(new Set(troubles), new Set(['the embedded PostgreSQL ended and is being started again']))
  t.equal(keeper.trouble(), null)
  t.strictSame(lines.slice(0, 3), [
    'database: PostgreSQL is started again: PostgreSQL ended by SIGKILL; see postgres.log',
    'database: PostgreSQL runs again',
    'database: PostgreSQL is started again in 1 s: PostgreSQL ended by SIGKILL; see postgres.log',
  ])
  await keeper[Symbol.asyncDispose]()
})

await t.test('one that does not start is tried for as long as it takes, and the log counts', async (t) => {
  let broken = 8
  const { fall, pauses, lines, troubles, keeper } = await kept(() =>
    broken-- > 0 ? 'PostgreSQL did not start: no space left on device. The whole story is in postgres.log.' : null,
  )
  await fall()
  t.strictSame(pauses, [0, 1_000, 2_000, 5_000, 10_000, 30_000, 30_000, 30_000, 30_000])
  t.equal(
    lines.at(-2),
    'database: PostgreSQL is started again in 30 s, after 9 failures in a row: PostgreSQL did not start: no space left on device. The whole story is in postgres.log.',
  )
  t.equal(troubles.at(-1), 'the embedded PostgreSQL does not start; the log of the service says why')
  t.equal(keeper.trouble(), null)
  await keeper[Symbol.asyncDispose]()
})

await t.test('who stops the service does not wait for a pause', async (t) => {
  const { fallFor, stopAfter, lines, keeper } = await kept(() => 'no')
  stopAfter(2)
  await fallFor(3)
  await keeper[Symbol.asyncDispose]()
  const told = lines.length
  await new Promise(setImmediate)
  t.equal(lines.length, told, 'and nothing is started any more')
})
