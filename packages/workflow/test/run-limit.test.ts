import { say } from '@eims/contracts'
import t from 'tap'
import { next, play, report, runWith, sketch, tick } from './runs.ts'

const limited = runWith({ a: {}, b: {} }, 300)
const reason = { code: 'run-timed-out', slots: { seconds: 300 } } as const
const begun = play(limited, [1000, next()], [1290, report()]).run

await t.test('the time of a run begins with its first action', async (t) => {
  t.match(limited, { timeout: 300, dueAt: null })
  t.equal(begun.dueAt, 1_300_000)
  t.equal(play(begun, [1300, tick()]).run, begun)
})

await t.test('its end ends the run, at the next look or word', async (t) => {
  t.equal(say(reason), 'the run was not done within 300 s')
  const looked = play(begun, [1301, tick()])
  t.equal(sketch(looked.run), 'TIMED_OUT a=TIMED_OUT[TIMED_OUT] b=PENDING[]')
  t.strictSame(looked.run.reason, reason)
  const heard = play(begun, [1301, report({ seq: 2 })])
  t.equal(sketch(heard.run), sketch(looked.run))
  t.match(heard.answer, { kind: 'accepted', cancelled: true })
  const asked = play(begun, [1301, next()])
  t.equal(sketch(asked.run), sketch(looked.run))
  t.strictSame(asked.answer, { kind: 'done', state: 'TIMED_OUT', reason })
})

await t.test('a success that comes late counts, and then the time is up', async (t) => {
  const { run } = play(begun, [1301, report({ seq: 2, state: 'SUCCEEDED' })])
  t.equal(sketch(run), 'RUNNING a=SUCCEEDED[SUCCEEDED] b=PENDING[]')
  t.equal(sketch(play(run, [1302, tick()]).run), 'TIMED_OUT a=SUCCEEDED[SUCCEEDED] b=PENDING[]')
})

await t.test('what comes out of a silence is not judged', async (t) => {
  const { run } = play(limited, [0, next()], [2000, report()])
  t.equal(sketch(run), 'RUNNING a=RUNNING[RUNNING] b=PENDING[]')
})

await t.test('what would come after a failure has no time left, either', async (t) => {
  const plan = runWith({ a: {}, b: { after: { action: 'a', on: 'failure' } } }, 300)
  const failed = play(plan, [0, next()], [10, report({ state: 'FAILED', message: 'no disk' })]).run
  const { run } = play(failed, [301, tick()])
  t.equal(sketch(run), 'TIMED_OUT a=FAILED[FAILED] b=PENDING[]')
  t.match(run.reason, { code: 'action-failed' })
})

await t.test('a retry has all of it again', async (t) => {
  const { run } = play(begun, [1301, tick()], [5000, { kind: 'retry', from: 'failed-action' }], [6000, next()])
  t.match(run, { state: 'RUNNING', dueAt: 6_300_000 })
})
