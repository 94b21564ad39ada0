import { told as inWords, type Reason, ReportRequest, say } from '@eims/contracts'
import t from 'tap'
import { newRun, next, play, report, sketch, told } from './runs.ts'

const accepted = { kind: 'accepted', fresh: true, cancelled: false, leaseSeconds: 90 }
const repeated = { ...accepted, fresh: false }

await t.test('a running report stores what was said and extends the lease', async (t) => {
  const { run, answer } = play(newRun(), [10, next()], [50, report({ progress: 0.5, message: 'half' })])
  t.match(run.actions[0]?.attempts[0], { lastSeq: 1, progress: 0.5, reason: inWords('half'), leaseUntil: 140_000 })
  t.strictSame(answer, accepted)
})

await t.test('a report without progress or message keeps the last ones', async (t) => {
  const { run } = play(
    newRun(),
    [10, next()],
    [20, report({ progress: 0.5, message: 'half' })],
    [30, report({ seq: 2 })],
  )
  t.match(run.actions[0]?.attempts[0], { lastSeq: 2, progress: 0.5, reason: inWords('half') })
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
  const reason: Reason = { code: 'action-failed', slots: { action: 'a', why: inWords('no disk'), exitCode: 3 } }
  t.match(run, { reason, endedAt: 20_000 })
  t.equal(say(reason), 'a: no disk')
  t.match(run.actions[0]?.attempts[0], { exitCode: 3, reason: inWords('no disk'), endedAt: 20_000 })
  t.strictSame(effects.at(-1), { kind: 'run-ended', state: 'FAILED', reason })
})

await t.test('an agent’s reason is said in this server’s words, one of another agent in its own', async (t) => {
  const failed = (said: unknown, message: string | null = null) => {
    const heard = ReportRequest.parse({ ...told({ state: 'FAILED', message }), reason: said })
    const { reason, actions } = play(newRun(), [1, next()], [2, report(heard)]).run
    t.strictSame(reason, {
      code: 'action-failed',
      slots: { action: 'a', why: actions[0]?.attempts[0]?.reason, exitCode: null },
    })
    return actions[0]?.attempts[0]?.reason
  }
  const inUse = { code: 'disk-in-use', slots: { disk: '/dev/sda' } } as const
  t.strictSame(failed({ ...inUse, text: 'old words' }, 'other words'), inUse)
  t.equal(say(inUse), 'The disk /dev/sda is in use (mounted, or part of a RAID or volume group)')
  const later = { code: 'of-a-later-version', slots: {}, text: 'it is Sunday' }
  t.strictSame(failed(later), inWords('it is Sunday'))
  t.strictSame(failed({ code: 'disk-in-use', slots: {}, text: 'some disk is in use' }), inWords('some disk is in use'))
  for (const none of [7, 'x', { code: 'disk-in-use' }])
    t.strictSame(failed(none, 'no disk'), inWords('no disk'), 'what is no reason keeps no end from being heard')
})

await t.test('a failure without a message names the exit code', async (t) => {
  const sentence = (exitCode: number | null) => {
    const { reason } = play(newRun(), [1, next()], [2, report({ state: 'FAILED', exitCode })]).run
    t.strictSame(reason, { code: 'action-failed', slots: { action: 'a', why: null, exitCode } })
    return reason && say(reason)
  }
  t.equal(sentence(3), 'a: exit code 3')
  t.equal(sentence(null), 'a: no reason given')
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
    ['another run', begun, report({ runId: 'other' }), { code: 'no-such-attempt', slots: {} }],
    ['no such action', begun, report({ actionId: 'c' }), { code: 'no-such-attempt', slots: {} }],
    ['no such attempt', begun, report({ attempt: 2 }), { code: 'no-such-attempt', slots: {} }],
    ['not begun', newRun(), report(), { code: 'no-such-attempt', slots: {} }],
    ['another session', begun, report({}, 's2'), { code: 'attempt-of-another', slots: { action: 'a', attempt: 1 } }],
    ['a newer attempt', rebooted, report(), { code: 'attempt-superseded', slots: { action: 'a' } }],
    [
      'an attempt that is over',
      done,
      report({ seq: 2 }),
      { code: 'attempt-over', slots: { action: 'a', attempt: 1, state: 'SUCCEEDED' } },
    ],
    ['a run that is over', failed, report({ seq: 2 }), { code: 'run-over', slots: { state: 'FAILED' } }],
    [
      'an attempt before a retry',
      retried,
      report({ seq: 2 }),
      { code: 'attempt-over', slots: { action: 'a', attempt: 1, state: 'FAILED' } },
    ],
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
    run: { state: 'TIMED_OUT', reason: { code: 'action-timed-out', slots: { action: 'a', seconds: 600 } } },
    answer: { cancelled: true },
  })
})
