import { Batch, BatchInput, NodeInput } from '@eims/contracts'
import t from 'tap'
import {
  appendEvents,
  createBatch,
  createInstance,
  createNode,
  deleteBatch,
  getBatch,
  getNode,
  listNodes,
  replaceBatch,
  writeChanges,
} from '../src/index.ts'
import { addProfile, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)

await t.test('a batch counts what became of its machines', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id: profileId } = await addProfile(db, siteId)
  await createBatch(db, siteId, BatchInput.parse({ name: 'lot-7', expected: 9, note: 'from the vendor' }))
  await createBatch(db, siteId, BatchInput.parse({ name: 'lot-8' }))
  const add = async (serial: string, batch = 'lot-7') =>
    createNode(db, { input: NodeInput.parse({ serial, batch }), registered: true, actor: 'ann', siteId })
  const become = async (serial: string, state: 'PROVISIONING' | 'PROVISIONED' | 'RUNNING' | 'FAILED', due?: number) => {
    const { id: nodeId } = await add(serial)
    await writeChanges(db, { node: { id: nodeId, seen: true } })
    const { id } = await createInstance(db, { nodeId, profileId })
    await writeChanges(db, { instance: { id, state, phoneHomeDueAt: due ?? null } })
    return { nodeId, id }
  }
  await add('SN-NEVER-SEEN')
  await writeChanges(db, { node: { id: (await add('SN-WAITS')).id, seen: true } })
  await become('SN-RUNS', 'RUNNING')
  await become('SN-SEALED', 'PROVISIONED')
  await become('SN-FIRST-BOOT', 'PROVISIONED', Date.now() + 60_000)
  await become('SN-FAILED', 'FAILED')
  const writing = await become('SN-WRITES', 'PROVISIONING')
  await db.$executeRaw`insert into run (id, node_id, instance_id, state) values ('r', ${writing.nodeId}, ${writing.id}, 'RUNNING')`
  await add('SN-ELSEWHERE', 'lot-8')
  // its firmware was heard, and no agent came of it
  const stuck = NodeInput.parse({ serial: 'SN-STUCK', macs: ['52:54:00:aa:00:01'], batch: 'lot-7' })
  await createNode(db, { input: stuck, registered: true, actor: 'ann', siteId })
  await appendEvents(db, [{ kind: 'dhcp.discover', mac: '52:54:00:aa:00:01', message: 'asked for an address' }])
  // an earlier OS of the same machine does not count
  await createInstance(db, { nodeId: (await getNode(db, 'SN-FAILED')).id, profileId })
  const again = await getNode(db, 'SN-FAILED')
  await writeChanges(db, { instance: { id: again.instance!.id, state: 'FAILED' } })

  t.strictSame(Batch.parse(await getBatch(db, 'lot-7')).counts, {
    expected: 9,
    registered: 8,
    seen: 7,
    running: 1,
    passed: 2,
    failed: 1,
    alike: 0,
    missing: 2,
  })
  t.same((await getBatch(db, 'lot-7')).pace, { lastHour: 0, left: 7, expectedEnd: null })
  const never = await listNodes(db, { filter: 'batch = lot-7 AND seen = false', pageSize: 9 })
  t.strictSame(
    never.items.map(({ serial }) => serial),
    ['SN-NEVER-SEEN'],
    'a list of those that are missing is as long as their count, less those that nobody registered',
  )
  await db.$executeRaw`update run set state = 'SUCCEEDED', ended_at = clock_timestamp() - interval '59 minutes'`
  t.match((await getBatch(db, 'lot-7')).pace, { lastHour: 1, left: 7, expectedEnd: String })
  await db.$executeRaw`update run set ended_at = clock_timestamp() - interval '61 minutes'`
  t.match((await getBatch(db, 'lot-7')).pace, { lastHour: 0, expectedEnd: null })
  t.strictSame((await getBatch(db, 'lot-8')).counts, {
    expected: null,
    registered: 1,
    seen: 0,
    running: 0,
    passed: 0,
    failed: 0,
    alike: 0,
    missing: 1,
  })
})

await t.test('it can be renamed, and its nodes outlive it', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id } = await createBatch(db, siteId, BatchInput.parse({ name: 'lot-7', expected: 9 }))
  await createBatch(db, siteId, BatchInput.parse({ name: 'lot-8' }))
  const input = NodeInput.parse({ name: 'one', serial: 'SN-1', batch: 'lot-7' })
  await createNode(db, { input, registered: true, actor: 'ann', siteId })
  t.match(await replaceBatch(db, 'lot-7', BatchInput.parse({ name: 'order-4711' })), { id, expected: null })
  t.equal((await getNode(db, 'one')).batch, 'order-4711')
  await t.rejects(replaceBatch(db, 'order-4711', BatchInput.parse({ name: 'lot-8' })), { code: 'already-exists' })
  await t.rejects(createBatch(db, siteId, BatchInput.parse({ name: 'lot-8' })), { code: 'already-exists' })
  await deleteBatch(db, 'order-4711')
  t.equal((await getNode(db, 'one')).batch, null)
  await t.rejects(getBatch(db, 'order-4711'), { code: 'not-found' })
})
