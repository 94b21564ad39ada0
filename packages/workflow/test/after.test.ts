import { told as inWords } from '@eims/contracts'
import t from 'tap'
import { next, play, report, runWith, sketch, tick } from './runs.ts'

/** b and c come after a, each for another end; d after b. */
const plan = runWith({
  a: {},
  b: { after: { action: 'a', on: 'failure' } },
  c: { after: { action: 'a', on: 'timeout' } },
  d: { after: { action: 'b', on: 'failure' } },
  e: {},
})
const of = (actionId: string, state: 'SUCCEEDED' | 'FAILED', message: string | null = null) =>
  report({ actionId, state, message })
const why = { code: 'action-failed', slots: { action: 'a', why: inWords('no disk'), exitCode: null } }
const failed = play(plan, [0, next()], [1, of('a', 'FAILED', 'no disk')])

await t.test('without their cause they are never done, and the run succeeds', async (t) => {
  const { run } = play(plan, [0, next()], [1, of('a', 'SUCCEEDED')])
  const second = play(run, [2, next()])
  t.match(second.answer, { kind: 'action', action: { name: 'e' }, index: 2, count: 2 })
  const { run: over, effects } = play(second.run, [3, of('e', 'SUCCEEDED')])
  t.equal(sketch(over), 'SUCCEEDED a=SUCCEEDED[SUCCEEDED] b=PENDING[] c=PENDING[] d=PENDING[] e=SUCCEEDED[SUCCEEDED]')
  t.match(effects.at(-1), { kind: 'run-ended', state: 'SUCCEEDED' })
})

await t.test('after a failure those for it are done, and then the run fails with the first reason', async (t) => {
  t.equal(sketch(failed.run), 'RUNNING a=FAILED[FAILED] b=PENDING[] c=PENDING[] d=PENDING[] e=PENDING[]')
  t.match(failed.run, { reason: why, endedAt: null })
  t.equal(failed.effects.length, 1, 'nothing says that the run is over')
  const after = play(failed.run, [2, next()])
  t.match(after.answer, { kind: 'action', action: { name: 'b' }, index: 2, count: 2, results: {} })
  const { run, effects } = play(after.run, [3, of('b', 'SUCCEEDED')])
  t.equal(sketch(run), 'FAILED a=FAILED[FAILED] b=SUCCEEDED[SUCCEEDED] c=PENDING[] d=PENDING[] e=PENDING[]')
  t.match(run, { reason: why, endedAt: 3000 })
  t.match(effects.at(-1), { kind: 'run-ended', state: 'FAILED', reason: why })
  t.equal(play(run, [4, next()]).run, run)
})

await t.test('one that fails itself leads to those after it; the reason stays the first', async (t) => {
  const chain = play(failed.run, [2, next()], [3, of('b', 'FAILED', 'no network')], [4, next()])
  t.match(chain.answer, { action: { name: 'd' }, index: 3, count: 3 })
  t.equal(
    sketch(play(chain.run, [5, of('d', 'FAILED', 'neither')]).run),
    'FAILED a=FAILED[FAILED] b=FAILED[FAILED] c=PENDING[] d=FAILED[FAILED] e=PENDING[]',
  )
  t.match(play(chain.run, [5, of('d', 'FAILED', 'neither')]).run.reason, why)
})

await t.test('a time-out leads to those for it, and the run has timed out', async (t) => {
  const late = play(plan, [0, next()], [590, report()], [610, tick()])
  t.equal(sketch(late.run), 'RUNNING a=TIMED_OUT[TIMED_OUT] b=PENDING[] c=PENDING[] d=PENDING[] e=PENDING[]')
  const { run } = play(late.run, [611, next()], [612, of('c', 'SUCCEEDED')])
  t.equal(sketch(run), 'TIMED_OUT a=TIMED_OUT[TIMED_OUT] b=PENDING[] c=SUCCEEDED[SUCCEEDED] d=PENDING[] e=PENDING[]')
  t.match(run.reason, { code: 'action-timed-out', slots: { action: 'a' } })
})

await t.test('an action that is tried again has not failed for good', async (t) => {
  const more = runWith({ a: { retries: 1 }, b: { after: { action: 'a', on: 'failure' } } })
  const { answer } = play(more, [0, next()], [1, of('a', 'FAILED')], [2, next()])
  t.match(answer, { kind: 'action', action: { name: 'a' }, attempt: 2, index: 1, count: 1 })
})

await t.test('an action that was lost for good failed; who comes back with it is refused', async (t) => {
  const once = runWith({ a: { repeatable: false }, b: { after: { action: 'a', on: 'failure' } } })
  const lost = play(once, [0, next()], [1, next('s2')])
  t.match(lost.answer, { kind: 'action', action: { name: 'b' }, attempt: 1 })
  t.equal(sketch(lost.run), 'RUNNING a=FAILED[LOST] b=RUNNING[RUNNING]')
  const { run, answer } = play(lost.run, [2, of('a', 'SUCCEEDED')])
  t.equal(run, lost.run)
  t.match(answer, { kind: 'stale', reason: { code: 'attempt-over' } })
})

await t.test('a person’s retry begins with the failed action, and what came after it may come again', async (t) => {
  const over = play(failed.run, [2, next()], [3, of('b', 'SUCCEEDED')]).run
  const again = play(over, [4, { kind: 'retry', from: 'failed-action' }], [5, next()])
  t.match(again.answer, { action: { name: 'a' }, attempt: 2, index: 1, count: 2 })
  t.equal(
    sketch(again.run),
    'RUNNING a=RUNNING[FAILED RUNNING] b=PENDING[SUCCEEDED] c=PENDING[] d=PENDING[] e=PENDING[]',
  )
})

await t.test('a cancelled run does nothing more', async (t) => {
  const reason = { code: 'cancelled', slots: { by: 'ann' } } as const
  const { run } = play(failed.run, [2, next()], [3, { kind: 'cancel', reason }])
  t.equal(sketch(run), 'CANCELLED a=FAILED[FAILED] b=PENDING[CANCELLED] c=PENDING[] d=PENDING[] e=PENDING[]')
  t.strictSame(run.reason, reason)
})
