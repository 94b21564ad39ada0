import { type Reason, say } from '@eims/contracts'
import t from 'tap'
import { newRun, next, play, report, sketch, tick } from './runs.ts'

await t.test('nothing happens while the lease runs, nor in the grace after it', async (t) => {
  const begun = play(newRun(), [10, next()]).run
  for (const seconds of [10, 99, 100, 159]) t.equal(play(begun, [seconds, tick()]).run, begun, `at ${seconds} s`)
})

await t.test('after the grace the attempt is lost and its action is to be done again', async (t) => {
  const { run, effects, answer } = play(newRun(), [10, next()], [160, tick()])
  t.equal(sketch(run), 'RUNNING a=PENDING[LOST] b=PENDING[]')
  t.match(effects, [{ event: 'action.lease-expired', data: { action: 'a', attempt: 1 } }])
  t.strictSame(answer, { kind: 'ok' })
})

await t.test('a server that was away gives agents the grace from its return on', async (t) => {
  const begun = play(newRun(['a'], ['a']), [10, next()]).run
  const back = 3000
  t.equal(play(begun, [back, tick(back * 1000)]).run, begun)
  t.equal(play(begun, [back + 59, tick(back * 1000)]).run, begun)
  t.equal(sketch(play(begun, [back + 60, tick(back * 1000)]).run), 'FAILED a=FAILED[LOST]')
})

await t.test('the same session revives its lost attempt, by a report or by asking', async (t) => {
  const lost = play(newRun(), [10, next()], [20, report({ seq: 4 })], [400, tick()]).run
  t.equal(sketch(lost), 'RUNNING a=PENDING[LOST] b=PENDING[]')
  const heard = play(lost, [410, report({ seq: 5 })])
  t.equal(sketch(heard.run), 'RUNNING a=RUNNING[RUNNING] b=PENDING[]')
  t.match(heard.run.actions[0]?.attempts[0], { endedAt: null, lastSeq: 5, leaseUntil: 500_000 })
  t.match(heard.effects, [{ event: 'action.started', data: { revived: true } }])
  t.match(play(lost, [410, next()]).answer, { kind: 'action', attempt: 1, lastSeq: 4 })
})

await t.test('a success that was reported late counts', async (t) => {
  const { run } = play(newRun(['a']), [10, next()], [400, tick()], [7000, report({ state: 'SUCCEEDED' })])
  t.equal(sketch(run), 'SUCCEEDED a=SUCCEEDED[SUCCEEDED]')
})

await t.test('another session gets a new attempt, and the old one stays lost', async (t) => {
  const lost = play(newRun(), [10, next()], [400, tick()], [500, next('s2')]).run
  t.equal(sketch(lost), 'RUNNING a=RUNNING[LOST RUNNING] b=PENDING[]')
  t.match(play(lost, [501, report({ seq: 9 })]).answer, { kind: 'stale' })
})

await t.test('an action that is heard of but takes too long times out, and the run with it', async (t) => {
  const slow = play(newRun(), [10, next()], [600, report()]).run
  t.equal(play(slow, [610, tick()]).run, slow)
  const { run, effects } = play(slow, [611, tick()])
  t.equal(sketch(run), 'TIMED_OUT a=TIMED_OUT[TIMED_OUT] b=PENDING[]')
  const reason: Reason = { code: 'action-timed-out', slots: { action: 'a', seconds: 600 } }
  t.strictSame(run.reason, reason)
  t.equal(say(reason), 'a: not done within 600 s')
  t.strictSame(effects.at(-1), { kind: 'run-ended', state: 'TIMED_OUT', reason })
})

await t.test('a report of an action that takes too long times it out and tells the agent to stop', async (t) => {
  const { run, answer } = play(newRun(), [10, next()], [600, report()], [620, report({ seq: 2, progress: 0.9 })])
  t.equal(sketch(run), 'TIMED_OUT a=TIMED_OUT[TIMED_OUT] b=PENDING[]')
  t.match(run.actions[0]?.attempts[0], { progress: 0.9, lastSeq: 2 })
  t.match(answer, { kind: 'accepted', fresh: true, cancelled: true })
})

await t.test('silence is no time-out: what happened while nobody listened may be done long ago', async (t) => {
  const { run } = play(newRun(), [10, next()], [9000, tick()])
  t.equal(sketch(run), 'RUNNING a=PENDING[LOST] b=PENDING[]')
})

await t.test('a run without a running attempt does not mind the time', async (t) => {
  for (const run of [newRun(), play(newRun(['a']), [1, next()], [2, report({ state: 'FAILED' })]).run])
    t.equal(play(run, [9999, tick()]).run, run)
})
