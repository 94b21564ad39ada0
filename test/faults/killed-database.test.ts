import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { bootScript, nothingLost, openBench, registerNode, startLoad, until } from './bench.ts'

// One promise: a PostgreSQL that dies is started again by the service itself, which says so meanwhile, and nothing that
// was acknowledged is lost.

const bench = await openBench(t, 'killed')
const isReady = () =>
  until(
    () => bench.machine('/readyz', { timeout: 2000 }),
    ({ status }) => status === 200,
  )

await t.test('its first process is killed under load, twice', async (t) => {
  const events = bench.follow()
  const load = await startLoad(bench, 'KILLED', { writers: 6, agents: 3 })
  const [first] = bench.postgres()
  const written = async (more: number) => {
    const wanted = load.registrations.filter(({ reply }) => reply.status === 201).length + more
    while (load.registrations.filter(({ reply }) => reply.status === 201).length < wanted) await sleep(20)
  }
  await written(40)
  process.kill(first!, 'SIGKILL')
  await bench.service.logs(/^database: PostgreSQL is started again: PostgreSQL ended by SIGKILL; see \S+postgres\.log$/)
  await bench.service.logs(/^database: PostgreSQL runs again$/)
  await isReady()
  const [second] = bench.postgres()
  t.not(second, first)
  await written(20)

  // One that falls soon after is started after a pause: long enough to ask what is broken.
  process.kill(second!, 'SIGKILL')
  await until(
    () => bench.machine('/healthz', { timeout: 2000 }),
    ({ text }) => text.startsWith('{"ok":false,"broken":["the embedded PostgreSQL ended and is being started again"]'),
  )
  await bench.service.logs(/^database: PostgreSQL is started again in 1 s: PostgreSQL ended by SIGKILL; see \S+$/)
  t.match(await bootScript(bench, '52:54:00:aa:00:99'), { status: 200 }, 'machines are answered')
  await isReady()
  await written(20)
  t.equal(bench.service.child.exitCode, null, 'the service itself never ended')
  await load.stop()
  await nothingLost(t, bench, load)
  await registerNode(bench, 'LATE-1', 'late')
  while (!/late-1/i.test(events())) await sleep(100)
  t.pass('who follows the events hears of what comes afterwards')
})

await t.test('one of its other processes is killed: PostgreSQL mends itself', async (t) => {
  const load = await startLoad(bench, 'BACKEND', { writers: 3, agents: 0 })
  while (load.registrations.length < 10) await sleep(20)
  const [postmaster] = bench.postgres()
  process.kill(bench.postgres().at(-1)!, 'SIGKILL')
  const acknowledged = () => load.registrations.filter(({ reply }) => reply.status === 201).length
  while (acknowledged() === load.registrations.length) await sleep(20)
  for (const before = acknowledged(); acknowledged() < before + 10; ) await sleep(20)
  await load.stop()
  t.equal(bench.postgres()[0], postmaster)
  await nothingLost(t, bench, load)
})

await t.test('SIGTERM in the middle of a start ends the service in order', async (t) => {
  const [postmaster] = bench.postgres()
  process.kill(postmaster!, 'SIGKILL')
  const { code } = await bench.service.end('SIGTERM')
  t.equal(code, 0)
  t.strictSame(bench.postgres(), [])
})
