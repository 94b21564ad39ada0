import { told as inWords, type Reason, say } from '@eims/contracts'
import t from 'tap'
import { standsStill } from '../src/index.ts'
import { newRun, next, play, report, runWith, SECOND, sketch, tick } from './runs.ts'

const failed = (attempt = 1) => report({ state: 'FAILED', message: 'no link', attempt })
const twice = runWith({ a: { retries: 2, backoff: 10 }, b: {} })

await t.test('a failed attempt with attempts left is kept, and its action is to be done again', async (t) => {
  const { run, effects, answer } = play(twice, [10, next()], [20, failed()])
  t.equal(sketch(run), 'RUNNING a=PENDING[FAILED] b=PENDING[]')
  t.equal(run.reason, null)
  t.match(effects, [{ event: 'action.ended', message: 'a failed: no link (it is tried again)' }])
  t.equal(effects.length, 1)
  t.match(answer, { kind: 'accepted', cancelled: false })
})

await t.test('before the back-off is over the agent waits, and is told how long; it doubles', async (t) => {
  const once = play(twice, [10, next()], [20, failed()]).run
  const reason: Reason = { code: 'backs-off', slots: { action: 'a', why: inWords('no link'), left: 2, seconds: 10 } }
  t.strictSame(play(once, [23, next()]), { run: once, effects: [], answer: { kind: 'wait', reason, seconds: 7 } })
  t.equal(say(reason), 'a is tried again 10 s after it failed (no link); attempts left: 2')
  t.strictSame(standsStill(once, 23 * SECOND), { reason, seconds: 7 })
  t.equal(standsStill(once, 30 * SECOND), null)
  t.match(play(once, [5, next()]).answer, { kind: 'wait', seconds: 10 }, 'no longer by a clock that was set back')
  const again = play(once, [30, next()])
  t.match(again.answer, { kind: 'action', attempt: 2, lastSeq: 0 })
  const third = play(again.run, [40, failed(2)])
  t.match(play(third.run, [59, next()]).answer, {
    kind: 'wait',
    seconds: 1,
    reason: { slots: { left: 1, seconds: 20 } },
  })
  t.match(play(third.run, [60, next('s2')]).answer, { kind: 'action', attempt: 3 })
})

await t.test('a back-off that doubles on and on ends at a day', async (t) => {
  let run = runWith({ a: { retries: 100, backoff: 3600 } })
  let at = 0
  for (let attempt = 1; attempt <= 40; attempt += 1) {
    run = play(run, [at, next()], [at + 1, failed(attempt)]).run
    at += 90_000
  }
  t.match(play(run, [at - 89_999, next()]).answer, { kind: 'wait', seconds: 86_400 })
})

await t.test('the last failure fails the run, with every attempt kept', async (t) => {
  const { run } = play(
    twice,
    [0, next()],
    [1, failed()],
    [20, next()],
    [21, failed(2)],
    [50, next()],
    [51, report({ attempt: 3, state: 'FAILED', message: 'still no link' })],
  )
  t.equal(sketch(run), 'FAILED a=FAILED[FAILED FAILED FAILED] b=PENDING[]')
  t.match(run.reason, { code: 'action-failed', slots: { why: inWords('still no link') } })
})

await t.test('a success after a failure goes on', async (t) => {
  const { run, answer } = play(
    twice,
    [0, next()],
    [1, failed()],
    [20, next()],
    [21, report({ attempt: 2, state: 'SUCCEEDED', result: { x: 1 } })],
    [22, next()],
  )
  t.equal(sketch(run), 'RUNNING a=SUCCEEDED[FAILED SUCCEEDED] b=RUNNING[RUNNING]')
  t.match(answer, { action: { name: 'b' }, results: { a: { x: 1 } }, index: 2, count: 2 })
})

await t.test('a time-out counts as a failure, and its agent is told to stop', async (t) => {
  const slow = play(twice, [0, next()], [590, report()])
  const { run, answer } = play(slow.run, [610, report({ seq: 2 })])
  t.equal(sketch(run), 'RUNNING a=PENDING[TIMED_OUT] b=PENDING[]')
  t.match(answer, { kind: 'accepted', cancelled: true })
  t.equal(sketch(play(slow.run, [610, tick()]).run), sketch(run))
  t.match(play(run, [611, report({ seq: 3 })]).answer, { kind: 'stale', reason: { code: 'attempt-over' } })
  t.match(play(run, [620, next()]).answer, { kind: 'action', attempt: 2 })
})

await t.test('the agent may be the first to say that the time is up', async (t) => {
  const late: Reason = { code: 'action-too-long', slots: { action: 'a', seconds: 600 } }
  const said = report({ state: 'FAILED', reason: { ...late, text: say(late) } })
  const { run } = play(newRun(['a']), [0, next()], [600, said])
  t.equal(sketch(run), 'TIMED_OUT a=TIMED_OUT[TIMED_OUT]')
  t.strictSame(run.reason, { code: 'action-timed-out', slots: { action: 'a', seconds: 600 } })
})

await t.test('lost attempts are none of those that failed', async (t) => {
  const { run } = play(
    twice,
    [0, next('s1')],
    [1, next('s2')],
    [2, next('s3')],
    [3, report({ state: 'FAILED', attempt: 3 }, 's3')],
  )
  t.equal(sketch(run), 'RUNNING a=PENDING[LOST LOST FAILED] b=PENDING[]')
  const lost = play(run, [20, next('s4')], [300, tick()]).run
  t.equal(sketch(lost), 'RUNNING a=PENDING[LOST LOST FAILED LOST] b=PENDING[]')
  t.match(play(lost, [301, next('s5')]).answer, { kind: 'action', attempt: 5 }, 'and after one there is no back-off')
})

await t.test('a person’s retry starts counting afresh', async (t) => {
  const once = runWith({ a: { retries: 1 } })
  const over = play(once, [0, next()], [1, failed()], [2, next()], [3, failed(2)])
  t.equal(sketch(over.run), 'FAILED a=FAILED[FAILED FAILED]')
  // Also by a clock that was set back meanwhile.
  const again = play(over.run, [0, { kind: 'retry', from: 'failed-action' }], [0, next()], [1, failed(3)])
  t.equal(sketch(again.run), 'RUNNING a=PENDING[FAILED FAILED FAILED]')
  t.equal(sketch(play(again.run, [2, next()], [3, failed(4)]).run), 'FAILED a=FAILED[FAILED FAILED FAILED FAILED]')
})

await t.test('no limit is no limit', async (t) => {
  const endless = play(runWith({ a: { timeout: 0 } }), [0, next()]).run
  let run = endless
  for (let at = 60; at < 900_000; at += 60_000)
    run = play(run, [at, next()], [at, tick()], [at, report({ seq: at })]).run
  t.equal(sketch(run), 'RUNNING a=RUNNING[RUNNING]')
})
