import type { Reason } from '@eims/contracts'
import t from 'tap'
import { newRun, next, play, report, runWith, sketch, tick } from './runs.ts'

const cancelled: Reason = { code: 'cancelled', slots: { by: 'admin' } }
const cancel = { kind: 'cancel', reason: cancelled } as const
const fromStart = { kind: 'retry', from: 'start' } as const
const fromFailed = { kind: 'retry', from: 'failed-action' } as const

await t.test('a run is cancelled before it began', async (t) => {
  const { run, effects } = play(newRun(), [1, cancel])
  t.equal(sketch(run), 'CANCELLED a=PENDING[] b=PENDING[]')
  t.match(run, { reason: cancelled, endedAt: 1000 })
  t.strictSame(effects.at(-1), { kind: 'run-ended', state: 'CANCELLED', reason: cancelled })
})

await t.test('a run is cancelled under way, and its agent hears of it', async (t) => {
  const over = play(newRun(), [1, next()], [2, report()], [3, cancel]).run
  t.equal(sketch(over), 'CANCELLED a=PENDING[CANCELLED] b=PENDING[]')
  const { run, answer } = play(over, [4, report({ seq: 2, state: 'SUCCEEDED' })])
  t.equal(run, over)
  t.match(answer, { kind: 'accepted', fresh: false, cancelled: true })
  t.match(play(over, [5, next()]).answer, { kind: 'done', state: 'CANCELLED', reason: cancelled })
})

await t.test('an agent whose lease ran out hears of it too', async (t) => {
  const over = play(newRun(), [1, next()], [400, tick()], [401, cancel]).run
  t.equal(sketch(over), 'CANCELLED a=PENDING[LOST] b=PENDING[]')
  t.match(play(over, [402, report()]).answer, { kind: 'accepted', cancelled: true })
})

await t.test('a failed run is taken up again from the failed action', async (t) => {
  const failed = play(
    newRun(['a', 'b', 'c']),
    [1, next()],
    [2, report({ state: 'SUCCEEDED', result: { x: 1 } })],
    [3, next()],
    [4, report({ actionId: 'b', state: 'FAILED' })],
  ).run
  const { run, effects } = play(failed, [5, fromFailed])
  t.equal(sketch(run), 'PENDING a=SUCCEEDED[SUCCEEDED] b=PENDING[FAILED] c=PENDING[]')
  t.match(run, { reason: null, startedAt: null, endedAt: null })
  t.match(effects, [{ event: 'node.changed', message: 'the run is taken up again from b' }, { kind: 'run-reopened' }])
  const again = play(run, [6, next('s2')])
  t.equal(sketch(again.run), 'RUNNING a=SUCCEEDED[SUCCEEDED] b=RUNNING[FAILED RUNNING] c=PENDING[]')
  t.match(again.answer, { kind: 'action', attempt: 2, results: { a: { x: 1 } } })
})

await t.test('a failed run is taken up again from the start, with every attempt kept', async (t) => {
  const failed = play(
    newRun(),
    [1, next()],
    [2, report({ state: 'SUCCEEDED', result: { x: 1 } })],
    [3, next()],
    [4, report({ actionId: 'b', state: 'FAILED' })],
  ).run
  const { run } = play(failed, [5, fromStart])
  t.equal(sketch(run), 'PENDING a=PENDING[SUCCEEDED] b=PENDING[FAILED]')
  t.equal(run.actions[0]?.result, null)
})

await t.test('timed-out and cancelled runs can be taken up again', async (t) => {
  const timedOut = play(newRun(), [1, next()], [600, report()], [602, tick()]).run
  t.equal(sketch(play(timedOut, [700, fromFailed]).run), 'PENDING a=PENDING[TIMED_OUT] b=PENDING[]')
  const over = play(newRun(), [1, next()], [2, cancel]).run
  t.equal(sketch(play(over, [3, fromFailed]).run), 'PENDING a=PENDING[CANCELLED] b=PENDING[]')
})

await t.test('after a retry attempts that were lost before it no longer count against the action', async (t) => {
  const sessions = ['1', '2', '3', '4', '5', '6'].map(
    (id, at) => [at + 1, next(id)] as [number, ReturnType<typeof next>],
  )
  const failed = play(newRun(), ...sessions).run
  const { run } = play(failed, [10, fromFailed], [11, next('7')], [12, next('8')])
  t.equal(sketch(run), 'RUNNING a=RUNNING[LOST LOST LOST LOST LOST LOST RUNNING] b=PENDING[]')
})

await t.test('an attempt that was lost before a retry is not revived', async (t) => {
  const lost = play(newRun(), [1, next()], [2, report({ state: 'SUCCEEDED' })], [3, next()], [400, tick()]).run
  const retried = play(lost, [401, cancel], [402, fromStart])
  const late = report({ actionId: 'b', seq: 9 })
  t.match(play(retried.run, [403, late]).answer, { kind: 'stale' }, 'before the run began again')
  t.match(play(retried.run, [403, next()], [404, late]).answer, { kind: 'stale' }, 'while another action is on')
  const { run } = play(lost, [401, cancel], [402, fromFailed], [403, next()])
  t.equal(sketch(run), 'RUNNING a=SUCCEEDED[SUCCEEDED] b=RUNNING[LOST RUNNING]', 'by asking')
})

await t.test('what the state does not allow is an answer', async (t) => {
  const begun = play(newRun(['a']), [1, next()]).run
  const done = play(begun, [2, report({ state: 'SUCCEEDED' })]).run
  const table = [
    [done, cancel, { code: 'run-over', slots: { state: 'SUCCEEDED' } }],
    [done, fromStart, { code: 'run-succeeded', slots: {} }],
    [begun, fromFailed, { code: 'run-not-over', slots: { state: 'RUNNING' } }],
    [newRun(), fromStart, { code: 'run-not-over', slots: { state: 'PENDING' } }],
  ] as const
  for (const [before, event, reason] of table) {
    const { run, answer, effects } = play(before, [9, event])
    t.equal(run, before)
    t.strictSame([answer, effects], [{ kind: 'illegal', reason }, []])
  }
})

await t.test('a person may name the action from which a run is taken up again', async (t) => {
  const done = (actionId: string) => report({ actionId, state: 'SUCCEEDED' })
  const plan = runWith({ a: {}, b: {}, clean: { after: { action: 'b', on: 'failure' } }, c: {}, d: {} })
  const over = play(plan, [0, next()], [1, done('a')], [2, next()], [3, done('b')], [4, next()])
  const failed = play(over.run, [5, report({ actionId: 'c', state: 'FAILED' })]).run
  const from = (action: string) => ({ kind: 'retry', from: { action } }) as const
  t.equal(
    sketch(play(failed, [6, from('b')]).run),
    'PENDING a=SUCCEEDED[SUCCEEDED] b=PENDING[SUCCEEDED] clean=PENDING[] c=PENDING[FAILED] d=PENDING[]',
  )
  t.equal(sketch(play(failed, [6, from('c')]).run), sketch(play(failed, [6, fromFailed]).run))
  for (const action of ['d', 'clean', 'nothing', '']) {
    const { run, answer } = play(failed, [6, from(action)])
    t.equal(run, failed, 'what it would build on is not there')
    t.strictSame(answer, {
      kind: 'illegal',
      reason: { code: 'no-such-action', slots: { action, names: ['a', 'b', 'c'] } },
    })
  }
})
