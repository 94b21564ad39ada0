import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { bootScript, codeOf, nothingLost, openBench, startLoad, until } from './bench.ts'

// One promise: while PostgreSQL is stopped nobody is held and nobody is told a lie, and when it goes on nothing that was
// acknowledged is lost.

const bench = await openBench(t, 'frozen')
const frozen = new Set<number>()
const thaw = () => {
  for (const pid of frozen) signal(pid, 'SIGCONT')
  frozen.clear()
}
/** A backend may end between being seen and being stopped. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
/** A backend that is just made is stopped as well: first nobody can make one, then all that there are. */
function freeze() {
  for (let more = bench.postgres(); more.length > 0; more = bench.postgres().filter((pid) => !frozen.has(pid)))
    for (const pid of more) {
      signal(pid, 'SIGSTOP')
      frozen.add(pid)
    }
}
t.teardown(thaw)

await t.test('all of PostgreSQL is stopped under load', async (t) => {
  // A COMMIT that takes its time: some are under way whenever it happens.
  await bench.sql(`create function slow() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.5); return null; end $$`)
  await bench.sql(`create constraint trigger slow after insert on node deferrable initially deferred
    for each row execute function slow()`)
  const load = await startLoad(bench, 'FROZEN', { writers: 8, agents: 3 })
  while (load.registrations.length < 24 || load.reports.length < 30) await sleep(20)
  const committing = `select 1 from pg_stat_activity where query = 'COMMIT' and wait_event = 'PgSleep'`
  while ((await bench.sql(committing)).length < 2) await sleep(20)
  t.match(await bench.admin('/metrics'), { status: 200, text: /^eims_database_up 1$/m })
  freeze()
  const before = { registrations: load.registrations.length, reports: load.reports.length }

  // What was told a moment ago is told again for a second.
  let metrics = await bench.admin('/metrics', { timeout: 2000 })
  while (/^eims_database_up 1$/m.test(metrics.text)) metrics = await bench.admin('/metrics', { timeout: 2000 })
  t.match(metrics, { status: 200, text: /^eims_database_up 0$/m }, 'who monitors is told in time')
  t.match(metrics.text, /^eims_dhcp_received_packets_total\{/m)
  t.match(await bench.admin('/healthz', { timeout: 2000 }), {
    status: 200,
    text: /^\{"ok":false,"broken":\["the database does not answer"\],/,
  })
  t.match(await bench.machine('/readyz', { timeout: 2000 }), { status: 503, text: /"database-down"/ })
  t.match(await bootScript(bench, '52:54:00:aa:00:99'), {
    status: 200,
    text: /^echo eims: the database does not answer, so nothing is installed$/m,
  })
  // Every writer has been answered, and its next attempt as well.
  while (load.registrations.length < before.registrations + 16 || load.reports.length < before.reports + 6)
    await sleep(100)
  const read = await bench.admin('/api/v1/nodes')
  t.strictSame([read.status, codeOf(read)], [503, 'database-down'], 'a read')
  t.match(await bench.admin('/healthz', { timeout: 2000 }), { status: 200 }, 'and still')

  thaw()
  await until(
    () => bench.machine('/readyz'),
    ({ status }) => status === 200,
  )
  await load.stop()
  t.ok(
    load.registrations.some(({ reply }) => reply.status === 504),
    'what was being committed is told as unknown',
  )
  await nothingLost(t, bench, load)
})
