import { NodeInput } from '@eims/contracts'
import t from 'tap'
import { createNode, type Db, deleteNode, hasRoom, holdNode, makeRoom, newId, patchNode } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

// Promise: machines that anybody can invent fill no registry, and none goes that a person or a run has touched.

const fresh = await startDatabases(t)

const stranger = async (db: Db, siteId: string, serial: string, seenMinutesAgo: number, registered = false) => {
  const node = await createNode(db, { input: NodeInput.parse({ serial }), registered, actor: 'ann', siteId })
  await db.$executeRaw`
    update node set last_seen_at = clock_timestamp() - make_interval(mins => ${seenMinutesAgo}::int) where id = ${node.id}`
  return node.id
}
const names = async (db: Db) => (await db.node.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)

await t.test('the longest unseen goes, with its timeline and its boots', async (t) => {
  const { db, siteId } = await fresh(t)
  await stranger(db, siteId, 'SN-1', 5)
  const old = await stranger(db, siteId, 'SN-2', 50)
  await stranger(db, siteId, 'SN-3', 1)
  t.strictSame(await makeRoom(db, 4), { isRoom: true, gone: 0 })
  t.strictSame(await makeRoom(db, 3), { isRoom: true, gone: 1 })
  t.strictSame(await names(db), ['node-sn-1', 'node-sn-3'])
  t.equal(await db.event.count({ where: { nodeId: old } }), 0)
  t.match(await db.event.findMany({ where: { kind: 'node.deleted' } }), [
    { nodeId: null, data: { id: old, name: 'node-sn-2' } },
  ])
  t.strictSame(await makeRoom(db, 1), { isRoom: true, gone: 2 }, 'a bound that was lowered')
})

await t.test('never one that a person or a run has touched', async (t) => {
  const { db, siteId } = await fresh(t)
  await stranger(db, siteId, 'registered', 900, true)
  const held = await stranger(db, siteId, 'held', 800)
  await holdNode(db, held, 'waits', 'ann')
  const changed = await stranger(db, siteId, 'changed', 700)
  await patchNode(db, changed, { netbootPolicy: 'local' }, 'ann')
  await patchNode(db, changed, { netbootPolicy: 'allowed' }, 'ann')
  const withRun = await stranger(db, siteId, 'with-run', 600)
  const instance = newId()
  await db.$executeRaw`
    insert into instance (id, node_id, state, desired_state, status, status_indicator, ssh_host_keys)
    values (${instance}, ${withRun}, 'PENDING', 'RUNNING', '{}', 'IDLE', '{}')`
  await db.$executeRaw`insert into run (id, node_id, instance_id, state) values (${newId()}, ${withRun}, ${instance}, 'FAILED')`
  const all = await names(db)
  t.strictSame(await makeRoom(db, 1), { isRoom: false, gone: 0 })
  t.equal(await hasRoom(db, 1), false)
  t.strictSame(await names(db), all)
  await stranger(db, siteId, 'new', 0)
  t.equal(await hasRoom(db, 1), true)
  t.strictSame(await makeRoom(db, 4), { isRoom: true, gone: 1 })
  t.strictSame(await names(db), all)
  await deleteNode(db, held, 'ann')
  t.strictSame(await makeRoom(db, 3), { isRoom: true, gone: 0 })
})

await t.test('one that somebody holds just now is left alone', async (t) => {
  const { db, siteId, registry } = await fresh(t)
  const first = await stranger(db, siteId, 'SN-1', 50)
  await stranger(db, siteId, 'SN-2', 5)
  await registry.transaction(async (tx) => {
    await tx.$queryRaw`select 1 from node where id = ${first} for update`
    t.strictSame(await makeRoom(db, 2), { isRoom: true, gone: 1 })
  })
  t.strictSame(await names(db), ['node-sn-1'])
})
