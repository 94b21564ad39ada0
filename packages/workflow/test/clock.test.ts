import fc from 'fast-check'
import t from 'tap'
import { forgiven, judgeClock, jumpBetween } from '../src/clock.ts'

// One promise: a clock that was set is told from time that passed, and from a process that stood still.

const [MINUTE, DAY] = [60_000, 86_400_000]
const T = Date.UTC(2026, 10, 20)
/** What the database says at `passed` ms, in a statement of `took` ms. */
const glance = (at: number, passed: number, took = 2) => ({ at: T + at, from: passed, to: passed + took })
const start = glance(0, 1000)

const table: [string, Parameters<typeof judgeClock>, object][] = [
  ['five seconds passed', [start, glance(5000, 6000), T], { kind: 'agrees' }],
  ['a database that hung for ten minutes', [start, glance(5000, 6000, 10 * MINUTE), T], { kind: 'agrees' }],
  ['or was stopped for an hour', [start, glance(60 * MINUTE, 60 * MINUTE), T], { kind: 'agrees' }],
  ['less than a minute off', [start, glance(64_000, 6000), T], { kind: 'agrees' }],
  ['a day forward', [start, glance(DAY + 5000, 6000), T], { kind: 'jumped', by: DAY }],
  ['a day back', [start, glance(5000 - DAY, 6000), T], { kind: 'jumped', by: -DAY }],
  ['a year forward, over a statement that hung', [start, glance(365 * DAY, 1000, MINUTE), T], { kind: 'jumped' }],
  [
    'an hour that another server went along with',
    [start, glance(60 * MINUTE, 6000), T + 60 * MINUTE - 20_000],
    { kind: 'slept' },
  ],
  ['back is no sleep', [start, glance(-70_000, 6000), T - 50_000], { kind: 'jumped' }],
  ['a start', [null, glance(0, 1000), T - 30 * DAY], { kind: 'agrees' }],
  [
    'a start, and the clock is behind what it said before',
    [null, glance(0, 1000), T + DAY],
    { kind: 'jumped', by: -DAY },
  ],
  ['a start beside others', [null, glance(0, 1000), T + 1000], { kind: 'agrees' }],
]

for (const [name, args, wanted] of table)
  void t.test(name, (t) => {
    t.match(judgeClock(...args), wanted)
    t.end()
  })

void t.test('time that passes is never a jump, however long a statement takes', (t) => {
  const ms = fc.integer({ min: 0, max: DAY })
  fc.assert(
    fc.property(ms, ms, ms, fc.double({ min: 0, max: 1, noNaN: true }), (pause, first, second, part) => {
      const one = { at: T + part * first, from: 0, to: first }
      const two = { at: T + first + pause + (1 - part) * second, from: first + pause, to: first + pause + second }
      return jumpBetween(one, two) === 0
    }),
  )
  t.end()
})

void t.test('what is kept for some days is not too old because the clock was set', (t) => {
  const now = T
  const back = { at: T - DAY, by: -365 * DAY }
  const forward = { at: T - 2 * DAY, by: 365 * DAY }
  t.equal(forgiven([], 30 * DAY, now), 0)
  t.equal(forgiven([forward], 30 * DAY, now), 365 * DAY)
  t.equal(forgiven([forward], DAY, now), 0, 'what is so young came after it')
  t.equal(forgiven([back], 30 * DAY, now), 0, 'back makes nothing older')
  t.equal(forgiven([forward, back], 30 * DAY, now), 0, 'there and back again')
  t.end()
})
