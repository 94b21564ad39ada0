import type { Reason } from '@eims/contracts'
import t from 'tap'
import { next, play, report, runWith, sketch, tick } from './runs.ts'

const failed = (attempt: number) => report({ state: 'FAILED', message: 'no link', attempt })
const plan = (within: number, more: object = {}) => runWith({ a: { retries: 5, backoff: 0, within, ...more }, b: {} })
const late: Reason = { code: 'action-timed-out', slots: { action: 'a', seconds: 100 } }
const resume = { kind: 'resume', by: 'ann' } as const
const pause = { kind: 'pause', by: 'ann' } as const

await t.test('its time begins with the first attempt, and no other begins when it is up', async (t) => {
  const once = play(plan(100), [50, next()], [60, failed(1)])
  t.equal(sketch(once.run), 'RUNNING a=PENDING[FAILED] b=PENDING[]')
  t.match(play(once.run, [150, next()]).answer, { kind: 'action', attempt: 2 }, 'at the very end one may')
  const { run, answer, effects } = play(once.run, [151, next()])
  t.equal(sketch(run), 'TIMED_OUT a=TIMED_OUT[FAILED] b=PENDING[]')
  t.strictSame(run.reason, late)
  t.match(answer, { kind: 'done', state: 'TIMED_OUT' })
  t.match(effects, [
    { event: 'action.ended', message: 'a: not done within 100 s; it is not tried again' },
    { event: 'run.ended' },
    { kind: 'run-ended' },
  ])
})

await t.test('nobody asks: the sweeper ends it', async (t) => {
  const once = play(plan(100, { backoff: 600 }), [0, next()], [10, failed(1)]).run
  t.equal(play(once, [100, tick()]).run, once)
  t.equal(sketch(play(once, [101, tick()]).run), 'TIMED_OUT a=TIMED_OUT[FAILED] b=PENDING[]')
})

await t.test('the attempt that is on is over with it, and its own time stays its bound', async (t) => {
  const second = play(plan(100), [0, next()], [50, failed(1)], [60, next()], [90, report({ attempt: 2 })]).run
  t.equal(play(second, [100, tick()]).run, second)
  for (const event of [tick(), report({ attempt: 2, seq: 2 })]) {
    const { run } = play(second, [101, event])
    t.equal(sketch(run), 'TIMED_OUT a=TIMED_OUT[FAILED TIMED_OUT] b=PENDING[]')
    t.strictSame(run.reason, late)
  }
  t.match(play(second, [101, report({ attempt: 2, seq: 2 })]).answer, { kind: 'accepted', cancelled: true })
  const short = play(plan(100, { timeout: 20 }), [0, next()], [21, tick()])
  t.equal(sketch(short.run), 'RUNNING a=PENDING[TIMED_OUT] b=PENDING[]')
})

await t.test('an attempt that ends when it is up: a success counts, a failure is the last', async (t) => {
  const second = play(plan(100), [0, next()], [50, failed(1)], [60, next()], [90, report({ attempt: 2 })]).run
  const done = play(second, [101, report({ attempt: 2, seq: 2, state: 'SUCCEEDED' })]).run
  t.equal(sketch(done), 'RUNNING a=SUCCEEDED[FAILED SUCCEEDED] b=PENDING[]')
  const { run } = play(second, [101, report({ attempt: 2, seq: 2, state: 'FAILED' })])
  t.equal(sketch(run), 'FAILED a=FAILED[FAILED FAILED] b=PENDING[]')
})

await t.test('what was lost may still be told of; begun anew it is not', async (t) => {
  const lost = play(plan(100), [0, next()], [200, tick()], [300, tick()]).run
  t.equal(sketch(lost), 'RUNNING a=PENDING[LOST] b=PENDING[]')
  const told = play(lost, [400, report({ state: 'SUCCEEDED' })]).run
  t.equal(sketch(told), 'RUNNING a=SUCCEEDED[SUCCEEDED] b=PENDING[]')
  t.equal(sketch(play(lost, [400, next('s2')]).run), 'TIMED_OUT a=TIMED_OUT[LOST] b=PENDING[]')
})

await t.test('what comes after a time-out is done', async (t) => {
  const run = runWith({ a: { retries: 5, within: 100 }, b: { after: { action: 'a', on: 'timeout' } } })
  const left = play(run, [0, next()], [10, failed(1)], [101, next()])
  t.match(left.answer, { kind: 'action', action: { name: 'b' } })
  t.strictSame(left.run.reason, late)
  t.match(play(left.run, [102, report({ actionId: 'b', state: 'SUCCEEDED' })]).run, {
    state: 'TIMED_OUT',
    reason: late,
  })
})

await t.test('the time that a run stands still does not count', async (t) => {
  const paused = play(plan(100), [0, next()], [10, failed(1)], [20, pause]).run
  for (const event of [tick(), next()]) t.equal(play(paused, [5000, event]).run, paused)
  const goes = play(paused, [5000, resume]).run
  t.match(play(goes, [5080, next()]).answer, { kind: 'action', attempt: 2 })
  t.match(play(goes, [5081, next()]).run, { state: 'TIMED_OUT' })
  const on = play(plan(100), [0, next()], [20, pause], [200, report()])
  t.match(on.answer, { kind: 'accepted', cancelled: false })
  t.equal(sketch(play(on.run, [210, failed(1)]).run).split(' ')[0], 'RUNNING')
})

await t.test('a person’s retry gives it all of its time again', async (t) => {
  const over = play(plan(100), [0, next()], [10, failed(1)], [101, next()]).run
  const again = play(over, [1000, { kind: 'retry', from: 'failed-action' }]).run
  t.equal(play(again, [2000, tick()]).run, again)
  const second = play(again, [2000, next()], [2010, failed(2)]).run
  t.equal(play(second, [2100, tick()]).run, second)
  t.match(play(second, [2101, tick()]).run, { state: 'TIMED_OUT' })
})

await t.test('without such a limit, and with 0, there is none', async (t) => {
  for (const within of [{}, { within: 0 }]) {
    const run = runWith({ a: { retries: 1, ...within } })
    t.match(play(run, [0, next()], [10, failed(1)], [90_000, tick()], [90_000, next()]).answer, { attempt: 2 })
  }
})
