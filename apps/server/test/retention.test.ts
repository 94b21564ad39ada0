import { appendEvents, eventsDroppedTo, patchSite } from '@eims/registry'
import t from 'tap'
import { Retention } from '../src/engine/retention.ts'
import { startDatabases } from './support/databases.ts'
import { followEvents } from './support/event-stream.ts'
import { type Agent, bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// Promise: the registry stays within the site's bounds, and whoever may have missed something is told.

const { fresh } = await startDatabases(t)

async function sweeping({ api, db, engine }: Site) {
  let clock = Date.now()
  const settings = await api('getSite', {})
  const retention = new Retention({
    registry: engine.registry,
    site: () => settings,
    unwritten: () => 0,
    now: () => clock,
    daysAgo: (days) => engine.clock.daysAgo(days),
  })
  return {
    db,
    /** everything that is due, to the end of its cycle; the looks it took */
    async through() {
      let looks = 1
      for (; await retention.look(); looks++);
      return looks
    },
    later(minutes: number) {
      clock += minutes * 60_000
    },
    retention,
  }
}

const flood = async ({ db }: Site, count: number) => {
  await db.$executeRaw`
    insert into event (kind, at, last_at, node_id, message)
    select 'boot.decision', now() - interval '1 day', now(), 'node ' || (i % 1000),
           (select string_agg(md5(i || ' ' || j), '') from generate_series(1, 45) j)
      from generate_series(1, ${count}::int) i`
}

await t.test('bounds are set one by one, within limits', async (t) => {
  const site = await openSite(t, await fresh(t))
  t.match(await site.api('getSite', {}), {
    retention: { logs: { days: 180, megabytes: 1000 } },
    unregisteredLimit: 5000,
  })
  await site.api('patchSite', { body: { retention: { logs: { days: 30 } }, unregisteredLimit: 7 } })
  await site.api('patchSite', { body: { retention: { logs: { megabytes: 50 }, audit: { days: 10 } } } })
  t.match(await site.api('getSite', {}), {
    retention: { logs: { days: 30, megabytes: 50 }, audit: { days: 10, megabytes: 500 } },
    unregisteredLimit: 7,
  })
  const faulty = site.api('patchSite', { body: { retention: { logs: { days: 0 } } } })
  await t.rejects(faulty, { code: 'invalid-input', message: /body\.retention\.logs\.days/ })
})

await t.test('too many events: the oldest go until there is room, in small steps, and it is told', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('patchSite', { body: { retention: { events: { megabytes: 10 } } } })
  await flood(site, 9000)
  const sweep = await sweeping(site)
  t.ok((await sweep.through()) >= 3, 'a stretch at a look')
  const { kinds, dropped, sweptAt } = await sweep.retention.stored()
  t.ok(Math.abs(kinds.events.rows - 9000) < 2500, 'measured at the beginning of the cycle')
  t.ok(Number(dropped.events) >= 2000 && Number(dropped.events) <= 6000, `${dropped.events} were dropped`)
  t.ok(sweptAt)
  sweep.later(11)
  await sweep.through()
  t.ok((await sweep.retention.stored()).kinds.events.bytes <= 10.5e6)
  t.match(await site.api('counters', {}), {
    stored: { kinds: { events: { limit: { bytes: 10e6, days: 365 } } }, dropped: {} },
  })
})

await t.test('nothing is dropped that is neither old nor too much', async (t) => {
  const site = await openSite(t, await fresh(t))
  await flood(site, 100)
  const sweep = await sweeping(site)
  await sweep.through()
  t.equal(await site.db.event.count({ where: { kind: 'boot.decision' } }), 100)
  t.equal(await eventsDroppedTo(site.db), 0n)
})

await t.test('a client that resumes behind what was dropped is told, one ahead of it is not', async (t) => {
  const site = await openSite(t, await fresh(t))
  const old = Date.now() - 400 * 86_400_000
  const add = (message: string, at?: number) =>
    appendEvents(site.db, [{ kind: 'boot.decision', nodeId: 'n', message, ...(at ? { at } : {}) }])
  await add('kept')
  await add('old', old)
  await add('young')
  await (await sweeping(site)).through()
  const [first, last] = await site.db.event.findMany({
    where: { message: { in: ['kept', 'young'] } },
    orderBy: { id: 'asc' },
  })
  const url = `${site.admin}/api/v1/events?kind=boot.*&after=`
  const headers = { authorization: `Bearer ${site.keys.viewer}` }
  const behind = await followEvents(t, `${url}${first!.id}`, headers)
  await behind.until(({ events }) => events.length >= 2)
  t.match(behind.events, [
    { kind: 'events.dropped', id: String(first!.id), data: { after: String(first!.id), upTo: String(first!.id + 1n) } },
    { message: 'young' },
  ])
  await add('newest')
  const ahead = await followEvents(t, `${url}${last!.id}`, headers)
  await ahead.until(({ events }) => events.length >= 1)
  t.match(ahead.events, [{ message: 'newest' }])
})

await t.test('a machine that nobody registered, when there are too many', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('patchSite', { body: { unregisteredLimit: 2 } })
  const agents: Agent[] = []
  for (const serial of ['SN-1', 'SN-2', 'SN-3']) agents.push(await bootAgent(site.open, { serial }))
  t.strictSame(
    (await site.db.node.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
    ['node-sn-2', 'node-sn-3'],
  )
  t.match(await site.api('counters', {}), {
    stored: { unregistered: { count: 2, limit: 2 }, dropped: { unregistered: 1 } },
  })
  await addDefaultProfile(site.db)
  await t.rejects(agents[0]!.next(), { code: 'session-over' })
  for (const agent of agents.slice(1)) t.match(await agent.next(), { kind: 'action' })
  const late = await bootAgent(site.open, { serial: 'SN-4' })
  t.equal(late.nodeId, null)
  const why = { code: 'too-many-unregistered', slots: { limit: 2 } }
  t.match(await late.next(), { kind: 'wait', reason: { code: 'quarantined', slots: { why } } })
  await patchSite(site.db, { unregisteredLimit: 3 })
  await t.rejects(late.next(), { code: 'session-over' }, 'it introduces itself again')
  t.type((await bootAgent(site.open, { serial: 'SN-4' })).nodeId, 'string')
})

await t.test(
  'what nodes were before imports goes after 30 days or 50 imports, and the history much later',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    const { db } = site
    await db.$executeRaw`
    insert into import (id, actor, state, committed, nodes, started_at, ended_at, undone_at, counts)
    select 'import-' || i, 'ann', 'done', true, 1,
           now() - make_interval(days => case i when 1 then 3000 when 2 then 31 else 0 end) - make_interval(mins => 99 - i), now(),
           case i when 60 then now() end, '{"rows": 1, "created": 1, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0, "warnings": 0}'
      from generate_series(1, 60) i`
    await db.$executeRaw`
    insert into import_node (import_id, node_id, row, kind, updated_at)
    select id, 'node ' || n, n, 'created', now() from import, generate_series(1, 120) n`
    await (await sweeping(site)).through()
    const kept = await db.importNode.groupBy({ by: ['importId'], _count: true, orderBy: { importId: 'asc' } })
    t.same(
      kept.map(({ importId }) => Number(importId.split('-')[1])).sort((a, b) => a - b),
      Array.from({ length: 49 }, (_, index) => index + 11),
      'of the last 50, but for the one that was undone',
    )
    t.ok(kept.every(({ _count }) => _count === 120))
    t.equal(await db.importRecord.count(), 59)
    t.equal(await db.importRecord.findUnique({ where: { id: 'import-1' } }), null, 'older than audit entries may be')
    t.match(await site.api('getImport', { params: { id: 'import-2' } }), { undoable: false, state: 'done' })
    t.match(await site.api('getImport', { params: { id: 'import-11' } }), { undoable: true })
    const refused = { code: 'wrong-state', message: /can be undone no more: .* 30 days/ }
    await t.rejects(site.api('undoImport', { params: { id: 'import-2' } }), refused)
    const { dropped } = await (await sweeping(site)).retention.stored()
    t.match(dropped, { undo: 11 * 120, imports: 1 })
  },
)
