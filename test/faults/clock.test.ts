import { setTimeout as sleep } from 'node:timers/promises'
import { settableClock } from '@eims/lab'
import t, { type Test } from 'tap'
import { together } from '../together.ts'
import { type Agent, type Bench, onboard, openBench, reportLine, until } from './bench.ts'

// One promise: an installation goes on to its running OS when the clock of the database is set by a day, and what is
// silent in truth is found silent.

/** A bench whose database has a clock of ours, and what is asked of its registry. */
async function openSettable(t: Test, name: string) {
  const bench = await openBench(t, name)
  for (const statement of settableClock('eims')) await bench.sql(statement)
  await bench.sql(`update profile set phone_home_timeout = 60`)
  // Only sessions that begin now see it.
  await bench.sql(`select pg_terminate_backend(pid)::text from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()`)
  await until(
    () => bench.machine('/readyz'),
    ({ status }) => status === 200,
  )
  const one = async <Row>(text: string): Promise<Row> => (await bench.sql<Row>(text))[0]!
  return {
    bench,
    one,
    instance: (runId: string) =>
      one<{ state: string }>(
        `select state from instance where id = (select instance_id from run where id = '${runId}')`,
      ),
    lastAttempt: ({ attempt: { runId } }: Agent) =>
      one<{ state: string }>(`select state from attempt where run_id = '${runId}' order by started_at desc limit 1`),
  }
}

/** Goes through what is left of a run. `seq`: of its next report. */
async function finish({ machine }: Bench, { session, attempt }: Agent, seq = 1): Promise<void> {
  const headers = { authorization: `Bearer ${session}` }
  for (;;) {
    const next = JSON.parse(
      (await machine('/agent/v1/next', { method: 'POST', headers, body: { waitSeconds: 0 } })).text,
    )
    if (next.kind !== 'action') return
    const { action } = next as { action: { id: string; with: { frames?: number } } }
    const { frames } = action.with
    const result = frames === undefined ? null : { framesWritten: frames, framesKept: 0, bytesFetched: 0 }
    const body = {
      runId: attempt.runId,
      actionId: action.id,
      attempt: next.attempt,
      seq: Math.max(seq, next.lastSeq + 1),
      state: 'SUCCEEDED',
      progress: 1,
      message: null,
      reason: null,
      exitCode: null,
      log: [],
      result,
    }
    const { status, text } = await machine('/agent/v1/report', { method: 'POST', headers, body })
    if (status !== 200) throw new Error(`${status} ${text}`)
  }
}

/** Sets the clock by a day where one machine is at work, one fell silent and one never reports its OS. */
async function set(t: Test, way: 'forward' | 'back') {
  const { bench, one, instance, lastAttempt } = await openSettable(t, way)
  const [alive, silent, unheard] = [await onboard(bench, 1), await onboard(bench, 2), await onboard(bench, 3)] as const
  await finish(bench, unheard)
  t.match(await instance(unheard.attempt.runId), { state: 'PROVISIONED' })
  await reportLine(bench, silent, 1, 'the last word')
  await bench.sql(`update attempt set lease_until = clock_timestamp() + interval '5 seconds'
                    where state = 'RUNNING' and run_id = '${silent.attempt.runId}'`)
  const begun = performance.now()
  await bench.sql(`update settable.setting set ahead = ahead + interval '${way === 'forward' ? 1 : -1} day'`)

  let seq = 0
  const found = { silent: 0, unheard: 0 }
  while (found.silent === 0 || found.unheard === 0) {
    const { status, text } = await reportLine(bench, alive, ++seq, `line ${seq}`)
    if (status !== 200) throw new Error(`a report was refused: ${status} ${text}`)
    const passed = performance.now() - begun
    if ((await lastAttempt(silent)).state === 'LOST') found.silent ||= passed
    if ((await instance(unheard.attempt.runId)).state === 'FAILED') found.unheard ||= passed
    await sleep(1000)
  }
  t.comment(`found silent after ${found.silent} ms, its OS given up after ${found.unheard} ms`)
  t.ok(found.silent > 60_000, 'a silent agent has its grace')
  t.ok(found.unheard > 50_000, 'an OS has its time')
  t.match(await lastAttempt(alive), { state: 'RUNNING' })

  await finish(bench, alive, seq + 1)
  const { runId } = alive.attempt
  t.match(await one(`select state from run where id = '${runId}'`), { state: 'SUCCEEDED' })
  const { definition } = await one<{ definition: { with: { userData: string } } }>(
    `select definition from action where name = 'seed' and run_id = '${runId}'`,
  )
  const token = /eims-home_[\w-]+/.exec(definition.with.userData)?.[0]
  const home = await bench.machine('/agent/v1/phone-home', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: {
      instanceId: runId,
      bootId: 'boot-1',
      osVersion: 'Debian 12',
      kernel: '6.1.0',
      hostname: 'host-1',
      machineId: 'machine-1',
      cloudInit: { status: 'done', errors: [] },
      sshHostKeys: ['ssh-ed25519 AAAA'],
    },
  })
  t.match(home, { status: 200, text: '{"state":"RUNNING"}' })
  const jumps = await bench.sql<{ seconds: number }>(
    `select round((data->>'seconds')::float8 / 3600) as seconds from event where kind = 'clock.jumped' order by id`,
  )
  t.equal(jumps.at(-1)?.seconds, way === 'forward' ? 24 : -24, 'and it is told')
}

// Each of them waits for a minute and does nothing.
await together(t, 240_000, {
  'a day forward': (t) => set(t, 'forward'),
  'a day back': (t) => set(t, 'back'),
})
