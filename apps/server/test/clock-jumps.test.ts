import { settableClock } from '@eims/lab'
import { appendEvents, liveServers, openRegistry, type Registry, registerServer } from '@eims/registry'
import t, { type Test } from 'tap'
import { DatabaseClock } from '../src/engine/clock.ts'
import { Retention } from '../src/engine/retention.ts'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import {
  type Agent,
  bootAgent,
  bootScript,
  fetchSite,
  finishRun,
  goodReport,
  onboard,
  phoneHomeOf,
} from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// One promise: when the clock of the database is set, nothing lapses by it, and whatever lapses does so in the time that
// really passes.

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const DAY = 86_400

/** A site whose time is ours: the clock of its database, and the monotonic one of each server. */
async function openSettable(t: Test) {
  const before = await fresh(t)
  const name = decodeURIComponent(new URL(before.url).pathname.slice(1))
  for (const statement of settableClock(name)) await before.db.$executeRawUnsafe(statement)
  const open = (): Registry => {
    const registry = openRegistry({ url: before.url, poolSize: 5 })
    t.teardown(() => registry.close())
    return registry
  }
  const registry = open()
  const site = await openSite(t, registry)
  const serverOn = (registry: Registry) => {
    let passed = 0
    const server = { ...site.engine, registry, listening: { since: null as number | null } }
    const monotonic = () => performance.now() + passed
    server.clock = new DatabaseClock({ registry, listening: server.listening, log: server.log, monotonic })
    return {
      ...server,
      pass(seconds: number) {
        passed += seconds * 1000
      },
      async sweep() {
        const now = await server.clock.look()
        server.listening.since ??= now
        await sweepOnce(server, server.listening.since)
      },
    }
  }
  const first = serverOn(registry)
  // The routes were built over this very object.
  Object.assign(site.engine, { clock: first.clock, listening: first.listening })
  const second = serverOn(open())
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  const set = (seconds: number) =>
    site.db.$executeRaw`update settable.setting set ahead = ahead + make_interval(secs => ${seconds}::float8)`
  return {
    site,
    first,
    second,
    set,
    /** real time: both clocks see it */
    pass: async (seconds: number) => {
      for (const server of [first, second]) server.pass(seconds)
      await set(seconds)
    },
    jumps: async () => {
      await site.engine.sink.flush()
      const events = await site.db.event.findMany({ where: { kind: 'clock.jumped' }, orderBy: { id: 'asc' } })
      return events.map(({ data }) => (data as { seconds: number }).seconds)
    },
  }
}

const run = async ({ api }: Site) => (await api('getNode', { params: { id: 'SN-1' } })).run
const action = async (site: Site) => (await run(site))?.actions[0]?.state
const reported = (agent: Agent, of: Awaited<ReturnType<Agent['action']>>, seq: number) =>
  agent.end(of, { state: 'RUNNING', seq, progress: 0.1 })

for (const [way, jump] of [
  ['forward', DAY],
  ['back', -DAY],
] as const)
  await t.test(`a day ${way}`, async (t) => {
    await t.test('the report after it comes before any look: the run goes on to its running OS', async (t) => {
      const { site, first, second, set, pass, jumps } = await openSettable(t)
      await Promise.all([first.sweep(), second.sweep()])
      const agent = await bootAgent(site.open, machine)
      const doing = await agent.action()
      await reported(agent, doing, 1)
      await pass(30)
      await set(jump)
      t.match(await reported(agent, doing, 2), { cancelled: false })
      t.match(await jumps(), [jump])
      await Promise.all([first.sweep(), second.sweep()])
      await pass(30)
      await Promise.all([first.sweep(), second.sweep()])
      t.equal(await action(site), 'RUNNING')
      await agent.end(doing, { seq: 3 })
      await finishRun(agent)
      await second.sweep()
      const seed = await site.db.action.findFirstOrThrow({ where: { name: 'seed' } })
      const { token, instanceId } = phoneHomeOf((seed.definition as { with: { [key: string]: unknown } }).with)
      await set(-jump)
      await Promise.all([first.sweep(), second.sweep()])
      t.equal((await site.api('getNode', { params: { id: 'SN-1' } })).instance?.state, 'PROVISIONED')
      const phone = site.client(site.open, token)
      t.strictSame(await phone('phoneHome', { body: goodReport(instanceId) }), { state: 'RUNNING' })
      t.equal((await run(site))?.state, 'SUCCEEDED')
      t.match(await jumps(), [jump, -jump], 'of two servers one puts it right')
    })

    await t.test('a silent agent is found silent when its lease and its grace have passed, not before', async (t) => {
      const { site, first, second, set, pass } = await openSettable(t)
      await Promise.all([first.sweep(), second.sweep()])
      const agent = await bootAgent(site.open, machine)
      await reported(agent, await agent.action(), 1)
      await set(jump)
      await Promise.all([first.sweep(), second.sweep()])
      await pass(145)
      await Promise.all([first.sweep(), second.sweep()])
      t.equal(await action(site), 'RUNNING')
      await pass(10)
      await second.sweep()
      const { events } = await site.api('nodeTimeline', { params: { id: 'SN-1' } })
      t.ok(events.some(({ kind }) => kind === 'action.lease-expired'))
    })

    await t.test('an action takes as long as it may, and no longer', async (t) => {
      const { site, first, set, pass } = await openSettable(t)
      await first.sweep()
      const agent = await bootAgent(site.open, machine)
      const doing = await agent.action()
      await reported(agent, doing, 1)
      await set(jump)
      for (let seq = 2; seq <= 5; seq++) {
        await pass(70)
        await first.sweep()
        await reported(agent, doing, seq)
      }
      t.equal((await run(site))?.state, 'RUNNING', '280 s of 300')
      await pass(30)
      await first.sweep()
      t.equal((await run(site))?.state, 'TIMED_OUT')
    })

    await t.test('an action with a time for all its attempts has what was left of it', async (t) => {
      const { site, first, set, pass } = await openSettable(t)
      await first.sweep()
      const agent = await bootAgent(site.open, machine)
      const doing = await agent.action()
      await reported(agent, doing, 1)
      await site.db.$executeRaw`
        update action a set due_at = t.started_at + interval '200 seconds'
          from attempt t where t.run_id = a.run_id and t.action_id = a.id`
      await set(jump)
      for (let seq = 2; seq <= 3; seq++) {
        await pass(70)
        await first.sweep()
        await reported(agent, doing, seq)
      }
      t.equal((await run(site))?.state, 'RUNNING', '140 s of 200')
      await pass(70)
      await first.sweep()
      t.equal((await run(site))?.state, 'TIMED_OUT')
    })

    await t.test('an OS that never reports itself fails when its time has passed', async (t) => {
      const { site, first, second, set, pass } = await openSettable(t)
      await Promise.all([first.sweep(), second.sweep()])
      const agent = await bootAgent(site.open, machine)
      await finishRun(agent)
      const state = async () => (await site.api('getNode', { params: { id: 'SN-1' } })).instance?.state
      await set(jump)
      for (const server of [first, second]) await server.sweep()
      await pass(1780)
      for (const server of [first, second]) await server.sweep()
      t.equal(await state(), 'PROVISIONED')
      await pass(30)
      for (const server of [first, second]) await server.sweep()
      t.equal(await state(), 'FAILED')
    })

    await t.test('a boot token lives for its hour, and servers are known to live', async (t) => {
      const { site, first, set, pass } = await openSettable(t)
      await first.sweep()
      await registerServer(site.db, { id: 's', name: 's', urls: [], version: '1' })
      const parameters = await fetchSite(await bootScript(site.open, machine))
      await set(jump)
      await onboard(machine, parameters)
      t.equal((await liveServers(site.db, 60)).length, 1)
      await pass(61)
      t.equal((await liveServers(site.db, 60)).length, 0)
      const late = await fetchSite(await bootScript(site.open, machine))
      await set(-jump)
      await first.sweep()
      await pass(3610)
      await t.rejects(onboard(machine, late), { code: 'session-over' })
    })

    await t.test('the newest run is the one made last', async (t) => {
      const { site, first, set } = await openSettable(t)
      await first.sweep()
      await finishRun(await bootAgent(site.open, machine))
      const before = await run(site)
      await set(jump)
      await site.api('reprovisionNode', { params: { id: 'SN-1' }, body: { reason: 'again' } })
      const agent = await bootAgent(site.open, machine)
      t.not((await agent.action()).runId, before?.id)
      t.not((await run(site))?.id, before?.id)
    })
  })

await t.test('a year forward drops nothing at once', async (t) => {
  const { site, first, set, pass } = await openSettable(t)
  await first.sweep()
  await appendEvents(site.db, [
    { kind: 'site.changed', message: 'of today' },
    { kind: 'boot.file', mac: machine.mac, message: 'seen' },
  ])
  const kept = async () => (await site.db.event.findMany()).map(({ message }) => message)
  const settings = await site.api('getSite', {})
  const { registry, clock } = first
  const daysAgo = (days: number) => clock.daysAgo(days)
  const retention = new Retention({
    registry,
    site: () => settings,
    unwritten: () => 0,
    now: () => Date.now(),
    daysAgo,
  })
  await set(365 * DAY)
  while (await retention.look());
  t.ok((await kept()).includes('of today'))
  t.ok((await kept()).includes('seen'))
  await pass(8 * DAY)
  await first.sweep()
  t.ok(new Date(await first.clock.daysAgo(7)).getTime() > Date.now() + 364 * DAY * 1000)
})

await t.test('a server that stood still while another went on does not take it for a jump', async (t) => {
  const { site, first, second, set, jumps } = await openSettable(t)
  await Promise.all([first.sweep(), second.sweep()])
  const agent = await bootAgent(site.open, machine)
  await reported(agent, await agent.action(), 1)
  await first.sweep()
  for (let each = 1; each <= 2; each++) {
    first.pass(40)
    await set(40)
    await first.sweep()
  }
  const { since } = second.listening
  await second.sweep()
  t.same(await jumps(), [])
  t.ok(Number(second.listening.since) > Number(since) + 60_000, 'it listens anew')
  t.equal(await action(site), 'RUNNING')
})

await t.test('a clock that is behind at a start was set back while nobody looked', async (t) => {
  const { site, first, second, set, jumps } = await openSettable(t)
  await first.sweep()
  const agent = await bootAgent(site.open, machine)
  await reported(agent, await agent.action(), 1)
  await set(-DAY)
  await second.sweep()
  t.match(
    (await jumps()).map((seconds) => Math.round(seconds / 60)),
    [-DAY / 60],
  )
  await first.sweep()
  t.equal((await jumps()).length, 1)
})
