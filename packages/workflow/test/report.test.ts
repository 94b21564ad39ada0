import { ReportRequest } from '@eims/contracts'
import t from 'tap'
import { newRun, next, play, report, sketch, told } from './runs.ts'

const accepted = { kind: 'accepted', fresh: true, cancelled: false, leaseSeconds: 90 }
const repeated = { ...accepted, fresh: false }

await t.test('a running report stores what was said and extends the lease', async (t) => {
  const { run, answer } = play(newRun(), [10, next()], [50, report({ progress: 0.5, message: 'half' })])
  t.match(run.actions[0]?.attempts[0], { lastSeq: 1, progress: 0.5, message: 'half', leaseUntil: 140_000 })
  t.strictSame(answer, accepted)
})

await t.test('a report without progress or message keeps the last ones', async (t) => {
  const { run } = play(
    newRun(),
    [10, next()],
    [20, report({ progress: 0.5, message: 'half' })],
    [30, report({ seq: 2 })],
  )
  t.match(run.actions[0]?.attempts[0], { lastSeq: 2, progress: 0.5, message: 'half' })
})

await t.test('a success ends the attempt and the action and keeps the result', async (t) => {
  const { run, effects } = play(newRun(), [10, next()], [20, report({ state: 'SUCCEEDED', result: { x: 1 } })])
  t.equal(sketch(run), 'RUNNING a=SUCCEEDED[SUCCEEDED] b=PENDING[]')
  t.strictSame(run.actions[0]?.result, { x: 1 })
  t.match(effects, [{ event: 'action.ended', message: 'a done' }])
  t.equal(effects.length, 1)
})

await t.test('what succeeded after it had told how far it was is whole', async (t) => {
  const half = report({ progress: 0.5 })
  const { run } = play(newRun(), [10, next()], [20, half], [30, report({ seq: 2, state: 'SUCCEEDED' })])
  t.equal(run.actions[0]?.attempts[0]?.progress, 1)
})

await t.test('the success of the last action is the success of the run', async (t) => {
  const { run, effects } = play(newRun(['a']), [10, next()], [20, report({ state: 'SUCCEEDED' })])
  t.match(run, { state: 'SUCCEEDED', reason: null, endedAt: 20_000 })
  t.strictSame(effects.at(-1), { kind: 'run-ended', state: 'SUCCEEDED', reason: null })
})

await t.test('a failure fails the run with the action’s name and message', async (t) => {
  const { run, effects } = play(
    newRun(),
    [10, next()],
    [20, report({ state: 'FAILED', message: 'no disk', exitCode: 3 })],
  )
  t.equal(sketch(run), 'FAILED a=FAILED[FAILED] b=PENDING[]')
  t.match(run, { reason: 'a: no disk', endedAt: 20_000 })
  t.match(run.actions[0]?.attempts[0], { exitCode: 3, message: 'no disk', endedAt: 20_000 })
  t.strictSame(effects.at(-1), { kind: 'run-ended', state: 'FAILED', reason: 'a: no disk' })
})

await t.test('an agent’s reason is said in this server’s words, one of another agent in its own', async (t) => {
  const failed = (reason: unknown, message: string | null = null) => {
    const heard = ReportRequest.parse({ ...told({ state: 'FAILED', message }), reason })
    return play(newRun(), [1, next()], [2, report(heard)]).run
  }
  const { reason, actions } = failed(
    { code: 'disk-in-use', slots: { disk: '/dev/sda' }, text: 'old words' },
    'other words',
  )
  t.equal(reason, 'a: The disk /dev/sda is in use (mounted, or part of a RAID or volume group)')
  t.equal(`a: ${actions[0]?.attempts[0]?.message}`, reason)
  t.equal(failed({ code: 'of-a-later-version', slots: {}, text: 'it is Sunday' }).reason, 'a: it is Sunday')
  t.equal(failed({ code: 'disk-in-use', slots: {}, text: 'some disk is in use' }).reason, 'a: some disk is in use')
  for (const none of [7, 'x', { code: 'disk-in-use' }])
    t.equal(failed(none, 'no disk').reason, 'a: no disk', 'what is no reason keeps no end from being heard')
})

await t.test('a failure without a message names the exit code', async (t) => {
  t.equal(play(newRun(), [1, next()], [2, report({ state: 'FAILED', exitCode: 3 })]).run.reason, 'a: exit code 3')
  t.equal(play(newRun(), [1, next()], [2, report({ state: 'FAILED' })]).run.reason, 'a: no reason given')
})

await t.test('a repeated report is accepted and changes nothing', async (t) => {
  const before = play(newRun(), [10, next()], [20, report({ seq: 3 })]).run
  for (const seq of [1, 3]) {
    const { run, answer, effects } = play(before, [30, report({ seq, state: 'FAILED' })])
    t.equal(run, before)
    t.strictSame([answer, effects], [repeated, []])
  }
})

await t.test('the last report of a run may be repeated after the run is over: its reply was lost', async (t) => {
  const over = play(newRun(['a']), [10, next()], [20, report({ state: 'SUCCEEDED' })]).run
  const { run, answer } = play(over, [30, report({ state: 'SUCCEEDED' })])
  t.equal(run, over)
  t.strictSame(answer, repeated)
})

await t.test('late and foreign reports are refused and change nothing', async (t) => {
  const begun = play(newRun(), [10, next()]).run
  const rebooted = play(begun, [20, next('s2')]).run
  const done = play(begun, [20, report({ state: 'SUCCEEDED' })]).run
  const failed = play(begun, [20, report({ state: 'FAILED' })]).run
  const retried = play(failed, [30, { kind: 'retry', from: 'start' }]).run
  const table = [
    ['another run', begun, report({ runId: 'other' }), 'this run has no such attempt'],
    ['no such action', begun, report({ actionId: 'c' }), 'this run has no such attempt'],
    ['no such attempt', begun, report({ attempt: 2 }), 'this run has no such attempt'],
    ['not begun', newRun(), report(), 'this run has no such attempt'],
    ['another session', begun, report({}, 's2'), 'attempt 1 of a is another session’s'],
    ['a newer attempt', rebooted, report(), 'a newer attempt of a was begun'],
    ['an attempt that is over', done, report({ seq: 2 }), 'attempt 1 of a is over (SUCCEEDED)'],
    ['a run that is over', failed, report({ seq: 2 }), 'the run is over (FAILED)'],
    ['an attempt before a retry', retried, report({ seq: 2 }), 'attempt 1 of a is over (FAILED)'],
  ] as const
  for (const [name, before, event, reason] of table) {
    const { run, answer, effects } = play(before, [40, event])
    t.equal(run, before, name)
    t.strictSame(answer, { kind: 'stale', reason }, name)
    t.strictSame(effects, [], name)
  }
})

await t.test('the first word after an outage is not judged by the time that passed in silence', async (t) => {
  const heard = play(newRun(['a']), [10, next()], [5000, report()])
  t.equal(sketch(heard.run), 'RUNNING a=RUNNING[RUNNING]')
  t.strictSame(heard.answer, accepted)
  t.match(play(heard.run, [5001, report({ seq: 2, state: 'SUCCEEDED' })]).run, { state: 'SUCCEEDED' })
  t.match(play(heard.run, [5001, report({ seq: 2 })]), {
    run: { state: 'TIMED_OUT', reason: 'a: not done within 600 s' },
    answer: { cancelled: true },
  })
})
