import { say } from '@eims/contracts'
import t from 'tap'
import { standsStill } from '../src/index.ts'
import { forPerson, newRun, next, play, report, runWith, SECOND, sketch, tick } from './runs.ts'

const pause = { kind: 'pause', by: 'ann' } as const
const resume = { kind: 'resume', by: 'bob' } as const
const reason = { code: 'paused', slots: { by: 'ann' } } as const
const waits = { kind: 'wait', reason, seconds: null } as const
const done = report({ state: 'SUCCEEDED' })

await t.test('the action that is on goes on to its end, and the next one waits', async (t) => {
  const begun = play(newRun(), [10, next()], [20, pause])
  t.strictSame(begun.run.pause, { since: 20_000, reason })
  t.match(begun.effects, [{ event: 'run.paused', message: 'paused by ann', data: { reason } }])
  t.strictSame(begun.answer, { kind: 'ok' })
  t.match(play(begun.run, [30, next()]).answer, { kind: 'action', attempt: 1 }, 'also when its agent starts anew')
  t.equal(standsStill(begun.run, 30 * SECOND), null)
  const ended = play(begun.run, [40, report()], [50, report({ seq: 2, state: 'SUCCEEDED' })]).run
  t.equal(sketch(ended), 'RUNNING a=SUCCEEDED[SUCCEEDED] b=PENDING[]')
  t.strictSame(play(ended, [60, next()]), { run: ended, effects: [], answer: waits })
  t.strictSame(standsStill(ended, 60 * SECOND), { reason, seconds: null })
  const goes = play(ended, [9000, resume])
  t.match(goes.effects, [{ event: 'run.resumed', message: 'bob lets it go on' }])
  t.match(play(goes.run, [9001, next()]).answer, { kind: 'action', action: { name: 'b' } })
})

await t.test('a run that has not begun does not begin', async (t) => {
  const paused = play(newRun(), [1, pause]).run
  t.strictSame(play(paused, [2, next()]), { run: paused, effects: [], answer: waits })
  t.match(play(paused, [3, resume], [4, next()]).run, { state: 'RUNNING', startedAt: 4000 })
})

await t.test('no lease and no limit runs out meanwhile', async (t) => {
  const limited = runWith({ a: { repeatable: false }, b: {} }, 300)
  const paused = play(limited, [0, next()], [200, pause]).run
  for (const at of [300, 1000, 90_000]) t.equal(play(paused, [at, tick()]).run, paused)
  const goes = play(paused, [10_200, resume]).run
  t.equal(goes.dueAt, 10_300_000)
  t.equal(play(goes, [10_259, tick()]).run, goes, 'its agent has time to be heard')
  t.equal(sketch(play(goes, [10_260, tick()]).run), 'FAILED a=FAILED[LOST] b=PENDING[]')
  t.equal(play(paused, [100, resume]).run.dueAt, 300_000, 'a clock that was set back takes nothing away')
})

await t.test('a machine that starts anew loses what it did, and waits', async (t) => {
  const { run, answer } = play(newRun(), [0, next()], [1, pause], [2, next('s2')])
  t.equal(sketch(run), 'RUNNING a=PENDING[LOST] b=PENDING[]')
  t.strictSame(answer, waits)
})

await t.test('a failure ends the run at once, unless something comes after it', async (t) => {
  const { run } = play(newRun(), [0, next()], [1, pause], [2, report({ state: 'FAILED' })])
  t.match(run, { state: 'FAILED', pause: null })
  const plan = runWith({ a: {}, b: { after: { action: 'a', on: 'failure' } } })
  const failed = play(plan, [0, next()], [1, pause], [2, report({ state: 'FAILED' })], [3, next()])
  t.strictSame(failed.answer, waits)
  t.match(play(failed.run, [4, resume], [5, next()]).answer, { kind: 'action', action: { name: 'b' } })
})

await t.test('cancelled it is over', async (t) => {
  const why = { code: 'cancelled', slots: { by: 'ann' } } as const
  const { run } = play(newRun(), [0, next()], [1, pause], [2, { kind: 'cancel', reason: why }])
  t.match(run, { state: 'CANCELLED', pause: null, reason: why })
})

await t.test('a run that was ended past us while it stood still goes on with a retry', async (t) => {
  const stands = play(runWith({ scanner: forPerson, b: {} }), [0, next()]).run
  const ended = { ...stands, state: 'CANCELLED', endedAt: 1000 } as const
  const { run } = play(ended, [2, { kind: 'retry', from: 'failed-action' }])
  t.equal(sketch(run), 'PENDING scanner=PENDING[] b=PENDING[]')
  t.equal(run.pause, null)
})

await t.test('what the state does not allow is refused and changes nothing', async (t) => {
  const over = play(newRun(['a']), [0, next()], [1, done]).run
  const paused = play(newRun(), [0, pause]).run
  for (const [run, event, code] of [
    [over, pause, 'run-over'],
    [over, resume, 'run-over'],
    [paused, pause, 'run-stands-still'],
    [newRun(), resume, 'run-not-paused'],
  ] as const) {
    const step = play(run, [9, event])
    t.equal(step.run, run)
    t.match(step.answer, { kind: 'illegal', reason: { code } })
  }
})

await t.test('an action of a person stands still by itself, and is done when a person says so', async (t) => {
  const plan = runWith({ a: {}, scanner: forPerson, b: {} })
  const stands = play(plan, [0, next()], [1, done], [2, next()])
  const why = { code: 'waits-for-person', slots: { action: 'scanner', text: 'plug the scanner in' } } as const
  t.equal(say(why), 'scanner: plug the scanner in (then: nodes resume)')
  t.strictSame(stands.answer, { kind: 'wait', reason: why, seconds: null })
  t.equal(sketch(stands.run), 'RUNNING a=SUCCEEDED[SUCCEEDED] scanner=RUNNING[] b=PENDING[]')
  t.match(stands.effects, [{ event: 'run.paused', data: { reason: why } }])
  for (const event of [tick(), next(), next('s2')]) t.equal(play(stands.run, [9e5, event]).run, stands.run)
  const goes = play(stands.run, [900, resume]).run
  t.equal(sketch(goes), 'RUNNING a=SUCCEEDED[SUCCEEDED] scanner=SUCCEEDED[] b=PENDING[]')
  t.match(play(goes, [901, next()]).answer, { action: { name: 'b' }, index: 3, count: 3, results: { scanner: {} } })
  const why2 = { code: 'cancelled', slots: { by: 'ann' } } as const
  t.equal(
    sketch(play(stands.run, [900, { kind: 'cancel', reason: why2 }]).run),
    'CANCELLED a=SUCCEEDED[SUCCEEDED] scanner=PENDING[] b=PENDING[]',
  )
})

await t.test('a run may begin, and end, with an action of a person', async (t) => {
  const stands = play(runWith({ scanner: forPerson }), [5, next()])
  t.match(stands.run, { state: 'RUNNING', startedAt: 5000 })
  t.match(stands.effects, [{ event: 'run.started' }, { kind: 'run-started' }, { event: 'run.paused' }])
  t.equal(sketch(play(stands.run, [6, resume]).run), 'SUCCEEDED scanner=SUCCEEDED[]')
})
