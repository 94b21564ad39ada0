import { told } from '@eims/contracts'
import t from 'tap'
import { newRun, next, play, report, sketch } from './runs.ts'

await t.test('the first next begins the run and leases its first action', async (t) => {
  const { run, answer, effects } = play(newRun(), [10, next()])
  t.equal(sketch(run), 'RUNNING a=RUNNING[RUNNING] b=PENDING[]')
  t.equal(run.startedAt, 10_000)
  t.match(answer, { kind: 'action', attempt: 1, lastSeq: 0, leaseSeconds: 90, index: 1, count: 2, results: {} })
  t.match(run.actions[0]?.attempts[0], { number: 1, sessionId: 's1', startedAt: 10_000, leaseUntil: 100_000 })
  t.strictSame(
    effects.map((effect) => (effect.kind === 'event' ? effect.message : effect.kind)),
    ['the run began', 'run-started', 'a began'],
  )
})

await t.test('asking again gives the same attempt and extends its lease', async (t) => {
  const { run, answer, effects } = play(newRun(), [10, next()], [20, report({ seq: 7 })], [40, next()])
  t.match(answer, { kind: 'action', attempt: 1, lastSeq: 7 })
  t.equal(run.actions[0]?.attempts.length, 1)
  t.equal(run.actions[0]?.attempts[0]?.leaseUntil, 130_000)
  t.strictSame(effects, [])
})

await t.test('the next action comes with the results of those before it', async (t) => {
  const done = report({ state: 'SUCCEEDED', result: { path: '/dev/vda' } })
  const { answer } = play(newRun(), [10, next()], [20, done], [21, next()])
  t.match(answer, { kind: 'action', action: { name: 'b' }, index: 2, results: { a: { path: '/dev/vda' } } })
})

await t.test('a new session means a reboot: the old attempt is lost and a new one made', async (t) => {
  const { run, answer, effects } = play(newRun(), [10, next()], [20, next('s2')])
  t.equal(sketch(run), 'RUNNING a=RUNNING[LOST RUNNING] b=PENDING[]')
  t.match(answer, { kind: 'action', attempt: 2 })
  t.match(effects, [{ event: 'action.lease-expired' }, { event: 'action.started', message: 'a began, attempt 2' }])
})

await t.test('after a reboot an action that must not be repeated fails the run', async (t) => {
  const { run, answer } = play(newRun(['a'], ['a']), [10, next()], [20, next('s2')])
  t.equal(sketch(run), 'FAILED a=FAILED[LOST]')
  t.match(answer, {
    kind: 'done',
    state: 'FAILED',
    reason: { code: 'action-not-repeatable', slots: { action: 'a' } },
  })
})

await t.test('the fifth lost attempt of an action fails the run', async (t) => {
  const { run, answer } = play(
    newRun(),
    [1, next('s1')],
    [2, next('s2')],
    [3, next('s3')],
    [4, next('s4')],
    [5, next('s5')],
    [6, next('s6')],
  )
  t.equal(sketch(run), 'FAILED a=FAILED[LOST LOST LOST LOST LOST] b=PENDING[]')
  t.match(answer, { kind: 'done', reason: { code: 'action-lost', slots: { action: 'a', times: 5 } } })
})

await t.test('a run that is over says how it ended and stays as it is', async (t) => {
  const over = play(newRun(['a']), [10, next()], [20, report({ state: 'FAILED', message: 'no disk' })]).run
  const { run, answer } = play(over, [30, next('s2')])
  t.equal(run, over)
  t.strictSame(answer, {
    kind: 'done',
    state: 'FAILED',
    reason: { code: 'action-failed', slots: { action: 'a', why: told('no disk'), exitCode: null } },
  })
})
