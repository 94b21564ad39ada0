import type { NewEvent } from '@eims/contracts'
import { until } from '@eims/lab'
import { appendEvents, createKey, type Db, revokeKey } from '@eims/registry'
import { pino } from 'pino'
import t from 'tap'
import { openEventFeed } from '../src/events/feed.ts'
import { STREAM_LIMITS } from '../src/events/stream.ts'
import { startDatabases } from './support/databases.ts'
import { followEvents, standing } from './support/event-stream.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const add = (db: Db, message: string, more: Partial<NewEvent> = {}) =>
  appendEvents(db, [{ kind: 'node.changed', message, ...more }])

await t.test('what changes comes as it happens, and after a break from where it ended', async (t) => {
  const site = await openSite(t, await fresh(t))
  const url = `${site.admin}/api/v1/events`
  await add(site.db, 'long ago')
  const client = await followEvents(t, url, bearer(site.keys.viewer))
  t.equal(client.status, 200)
  await standing(site.feed)
  const node = await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  await client.until(({ events }) => events.length >= 1)
  t.match(client.events, [{ kind: 'node.registered', nodeId: node.id, message: /Registered as one/ }])
  await site.api('patchNode', { params: { id: 'one' }, body: { name: 'uno' } })
  await client.until(({ events }) => events.length >= 2)
  client.end()
  await client.ended

  for (let i = 0; i < 450; i++) await add(site.db, `missed ${i}`)
  const again = await followEvents(t, url, { ...bearer(site.keys.viewer), 'last-event-id': client.lastId! })
  await again.until(({ events }) => events.length >= 450)
  t.strictSame(
    again.events.map(({ message }) => message),
    Array.from({ length: 450 }, (_, i) => `missed ${i}`),
    'all of them, once, in order; more than are read at once',
  )
  const byQuery = await followEvents(t, `${url}?after=${again.events.at(-2)!.id}`, bearer(site.keys.viewer))
  await byQuery.until(({ events }) => events.length >= 1)
  t.match(byQuery.events, [{ message: 'missed 449' }])
})

await t.test('an event whose transaction takes long is not passed over', async (t) => {
  const registry = await fresh(t)
  let looks = 0
  const log = pino({ level: 'silent' })
  const now = () => {
    // The feed asks for the time once a look.
    looks++
    return Date.now()
  }
  const feed = openEventFeed({ db: registry.db, log, now, every: 10 })
  const site = await openSite(t, registry, 'server-1', { events: { feed } })
  const client = await followEvents(t, `${site.admin}/api/v1/events`, bearer(site.keys.viewer))
  await standing(site.feed)
  const { promise: committed, resolve: commit } = Promise.withResolvers<void>()
  const { promise: written, resolve: wrote } = Promise.withResolvers<void>()
  const slow = registry.transaction(async (tx) => {
    await add(tx, 'slow')
    wrote()
    await committed
  })
  await written
  await add(site.db, 'quick')
  const before = looks
  await until(() => looks > before + 4)
  t.strictSame(client.events, [], 'the quick one waits for the slow one')
  commit()
  await slow
  await client.until(({ events }) => events.length >= 2)
  t.strictSame(
    client.events.map(({ message }) => message),
    ['slow', 'quick'],
  )
  await registry
    .transaction(async (tx) => {
      await add(tx, 'undone')
      throw new Error('undone')
    })
    .catch(() => {})
  await add(site.db, 'last')
  await client.until(({ events }) => events.length >= 3)
  t.equal(client.events[2]?.message, 'last', 'an id that nobody has is no reason to wait')
})

await t.test('that a node is no more: removed, or merged into another', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addBatch', { body: { name: 'lot' } })
  for (const name of ['one', 'two', 'three']) await site.api('addNode', { body: { name, serial: name, batch: 'lot' } })
  const [one, two] = [
    await site.api('getNode', { params: { id: 'one' } }),
    await site.api('getNode', { params: { id: 'two' } }),
  ]
  const url = `${site.admin}/api/v1/events?after=0&batch=lot&kind=node.deleted`
  const client = await followEvents(t, url, bearer(site.keys.viewer))
  await site.api('deleteNode', { params: { id: 'one' } })
  await site.api('mergeNode', { params: { id: 'three' }, body: { from: 'two', reason: 'one machine' } })
  await client.until(({ events }) => events.length >= 2)
  t.match(client.events, [
    { kind: 'node.deleted', nodeId: one.id, message: /^Removed by admin/, data: { name: 'one' } },
    { kind: 'node.deleted', nodeId: two.id, message: /^admin merged it into three/, data: { name: 'two' } },
  ])
})

await t.test('by node, batch and kind', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addBatch', { body: { name: 'lot' } })
  const one = await site.api('addNode', { body: { name: 'one', serial: 'SN-1', batch: 'lot' } })
  const two = await site.api('addNode', { body: { name: 'two', serial: 'SN-2' } })
  const follow = (query: string) => followEvents(t, `${site.admin}/api/v1/events?${query}`, bearer(site.keys.viewer))
  const all = [
    await follow('node=SN-1'),
    await follow('batch=lot'),
    await follow('kind=run.*,instance.failed'),
    await follow(''),
  ]
  await standing(site.feed)
  await add(site.db, '1', { nodeId: one.id })
  await add(site.db, '2', { nodeId: two.id, kind: 'run.started' })
  await add(site.db, '3', { nodeId: one.id, kind: 'instance.failed' })
  await add(site.db, '4', { mac: '52:54:00:aa:00:01', kind: 'dhcp.discover' })
  await add(site.db, 'end', { nodeId: one.id, kind: 'run.ended' })
  for (const client of all) await client.until(({ events }) => events.at(-1)?.message === 'end')
  t.strictSame(
    all.map(({ events }) => events.map(({ message }) => message).join(' ')),
    ['1 3 end', '1 3 end', '2 3 end', '1 2 3 4 end'],
  )
})

await t.test('a sign of life, which takes the id along; and the end when the key ends', async (t) => {
  const limits = { ...STREAM_LIMITS, heartbeat: 200 }
  const site = await openSite(t, await fresh(t), 'server-1', { events: { limits } })
  const { id, key } = await createKey(site.db, { name: 'ui', role: 'viewer' })
  const client = await followEvents(t, `${site.admin}/api/v1/events?kind=run.*`, bearer(key))
  await standing(site.feed)
  await add(site.db, 'another kind')
  await client.until(({ comments }) => comments >= 4)
  t.strictSame(client.events, [])
  const [last] = await site.db.event.findMany({ orderBy: { id: 'desc' }, take: 1 })
  await client.until(({ lastId }) => lastId === String(last!.id))
  await revokeKey(site.db, id)
  await client.ended
  t.pass('ended')
})

await t.test('so many clients and no more; and what cannot be asked', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', { events: { most: 2 } })
  const url = `${site.admin}/api/v1/events`
  const [one] = [
    await followEvents(t, url, bearer(site.keys.viewer)),
    await followEvents(t, url, bearer(site.keys.viewer)),
  ]
  const refused = await fetch(url, { headers: bearer(site.keys.viewer) })
  t.match(
    { status: refused.status, problem: await refused.json() },
    { status: 429, problem: { code: 'too-many-streams' } },
  )
  one!.end()
  await until(async () => (await followEvents(t, url, bearer(site.keys.viewer))).status === 200)
  t.pass('a place came free')
  for (const [query, headers, status] of [
    ['kind=*', {}, 400],
    ['kind=run', {}, 400],
    ['after=x', {}, 400],
    ['node=nobody', {}, 404],
    ['batch=nothing', {}, 404],
    ['', { 'last-event-id': 'x' }, 400],
    ['', { 'last-event-id': '9'.repeat(19) }, 400],
  ] as const) {
    const reply = await fetch(`${url}?${query}`, { headers: { ...bearer(site.keys.viewer), ...headers } })
    t.equal(reply.status, status, query)
  }
})
