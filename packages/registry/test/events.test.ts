import type { NewEvent } from '@eims/contracts'
import { Event, NodeInput } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { appendEvents, createEventSink, createNode, dropOldSightings, eventMark, timeline } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const mac = '52:54:00:aa:00:01'
const at = Date.parse('2026-11-20T10:00:00.000Z')

await t.test('the timeline has what the MACs did before the node was known', async (t) => {
  const { db, siteId } = await fresh(t)
  await appendEvents(db, [
    { kind: 'dhcp.discover', at, mac, message: 'DISCOVER' },
    { kind: 'dhcp.discover', at, mac: '52:54:00:aa:00:99', message: 'somebody else' },
  ])
  const input = NodeInput.parse({ serial: 'SN-1', macs: [mac] })
  const { id } = await createNode(db, { input, registered: false, actor: 'eims', siteId })
  await appendEvents(db, [
    { kind: 'boot.decision', nodeId: id, mac, message: 'provision', data: { kind: 'provision' } },
    { kind: 'dhcp.discover', mac, nodeId: 'another node', message: 'not ours' },
  ])
  const events = await timeline(db, id)
  t.same(
    events.map((event) => Event.parse(event)),
    events,
  )
  t.same(
    events.map((event) => event.kind),
    ['dhcp.discover', 'node.discovered', 'boot.decision'],
  )
  t.match(events[0], {
    at: '2026-11-20T10:00:00.000Z',
    lastAt: '2026-11-20T10:00:00.000Z',
    count: 1,
    nodeId: null,
    mac,
    data: {},
  })
  t.same(events[2]!.data, { kind: 'provision' })
  t.same(
    (await timeline(db, id, 2)).map((event) => event.kind),
    ['node.discovered', 'boot.decision'],
  )
})

await t.test('what happened at the same moment stands in the order it was told', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id } = await createNode(db, {
    input: NodeInput.parse({ serial: 'SN-2' }),
    registered: false,
    actor: 'eims',
    siteId,
  })
  const told = ['run.created', 'run.started', 'action.started'] as const
  const later = Date.now() + 60_000
  await appendEvents(
    db,
    told.map((kind) => ({ kind, at: later, nodeId: id, message: kind })),
  )
  t.same((await timeline(db, id)).map((event) => event.kind).slice(-3), told)
})

await t.test('the sink writes a row for a machine that asks again and again, not one a packet', async (t) => {
  const { db } = await fresh(t)
  let now = at
  const sink = createEventSink({ db, now: () => now, flushMilliseconds: 60_000 })
  t.teardown(() => sink.close())
  const discover: NewEvent = { kind: 'dhcp.discover', mac, message: 'DISCOVER' }
  for (let i = 0; i < 1000; i++) sink.record(discover)
  await sink.flush()
  now += 10_000
  for (let i = 0; i < 5; i++) sink.record(discover)
  sink.record({ kind: 'tftp.read', mac, message: 'snponly.efi' })
  await sink.flush()
  now += 30_001
  sink.record(discover)
  await sink.flush()
  const rows = await db.event.findMany({ orderBy: { id: 'asc' } })
  t.match(
    rows.map((row) => [row.kind, row.count, row.at.getTime() - at, row.lastAt.getTime() - at]),
    [
      ['dhcp.discover', 1005, 0, 10_000],
      ['tftp.read', 1, 10_000, 10_000],
      ['dhcp.discover', 1, 40_001, 40_001],
    ],
  )
})

await t.test('the sink writes by itself, and all that is left when it is closed', async (t) => {
  const { db } = await fresh(t)
  const sink = createEventSink({ db, now: () => at, flushMilliseconds: 20 })
  sink.record({ kind: 'boot.decision', mac, message: 'decision', data: { kind: 'provision' } })
  await until(() => db.event.count())
  t.equal(await db.event.count(), 1)
  sink.record({ kind: 'boot.kernel', mac, message: 'kernel' })
  await sink.close()
  t.equal(await db.event.count(), 2)
})

await t.test('while the database is away the sink waits, bounded, and says what was lost', async (t) => {
  const { db } = await fresh(t)
  let away = true
  const lines: string[] = []
  const flaky = new Proxy(db, {
    get: (target, key) =>
      key === '$queryRaw' && away ? () => Promise.reject(new Error('connection refused')) : Reflect.get(target, key),
  })
  const sink = createEventSink({
    db: flaky,
    now: () => at,
    flushMilliseconds: 60_000,
    capacity: 3,
    log: (line) => lines.push(line),
  })
  for (let i = 0; i < 5; i++) sink.record({ kind: 'dhcp.discover', mac: `m${i}`, message: 'DISCOVER' })
  await t.rejects(sink.flush(), { message: 'connection refused' })
  sink.record({ kind: 'run.ended', nodeId: 'n', message: 'over' })
  t.equal(sink.dropped, 3)
  away = false
  await sink.close()
  t.same(
    (await db.event.findMany({ orderBy: { id: 'asc' } })).map((row) => row.mac),
    ['m3', 'm4', null],
  )
  t.match(lines.join('\n'), /2 dropped/)
})

await t.test('sightings of no node are forgotten after a week, and the oldest of too many; changes stay', async (t) => {
  const { db } = await fresh(t)
  const day = 86_400_000
  const seen = (mac: string, daysAgo: number, nodeId: string | null = null): NewEvent => ({
    kind: 'dhcp.discover',
    at: Date.now() - daysAgo * day,
    mac,
    nodeId,
    message: 'DISCOVER',
  })
  const long = { at: Date.now() - 400 * day, message: 'changed' }
  await appendEvents(db, [
    { ...long, kind: 'profile.changed' },
    { ...long, kind: 'import.done', mac: 'import' },
  ])
  await appendEvents(db, [seen('node', 400, 'n'), seen('old', 8), seen('a', 6), seen('b', 2), seen('c', 1)])
  const left = async () => (await db.event.findMany({ orderBy: { id: 'asc' } })).map((row) => row.mac)
  const before = Date.now() - 7 * day
  t.match(await dropOldSightings(db, { before }), { rows: 1 })
  t.same(await left(), [null, 'import', 'node', 'a', 'b', 'c'])
  t.match(await dropOldSightings(db, { before, keep: 2 }), { rows: 1 })
  t.same(await left(), [null, 'import', 'node', 'b', 'c'])
})

await t.test('who writes events is known from the first one on until it has ended; nobody else counts', async (t) => {
  const { db, registry } = await fresh(t)
  const elsewhere = await fresh(t)
  await registry.transaction(async (first) => {
    await first.$executeRaw`update site set name = 'no event'`
    await elsewhere.registry.transaction(async (other) => {
      await appendEvents(other, [{ kind: 'node.changed', message: 'of another database' }])
      t.strictSame((await eventMark(db)).writers, [])
    })
    await appendEvents(first, [{ kind: 'node.changed', message: 'one' }])
    const alone = await eventMark(db)
    t.equal(alone.writers.length, 1)
    await registry.transaction(async (second) => {
      await second.$executeRaw`update event set count = count where false`
      t.equal((await eventMark(db)).writers.length, 2, 'locked before an id is taken')
      await appendEvents(second, [{ kind: 'node.changed', message: 'two' }])
      const both = await eventMark(db)
      t.equal(both.id, alone.id + 1n)
      t.strictSame(
        both.writers.filter((each) => alone.writers.includes(each)),
        alone.writers,
      )
    })
    t.strictSame((await eventMark(db)).writers, alone.writers)
  })
  t.strictSame((await eventMark(db)).writers, [])
})

await t.test('what is recorded after the end keeps no process alive', async (t) => {
  const { db } = await fresh(t)
  const sink = createEventSink({ db, now: Date.now })
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  await sink.close()
  const before = timers()
  sink.record({ kind: 'dhcp.discover', mac, message: 'DISCOVER' })
  t.equal(timers(), before)
})
