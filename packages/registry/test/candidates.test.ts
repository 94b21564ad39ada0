import { NodeInput } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import t from 'tap'
import { createNode, findCandidates, lockIdentity, normaliseIdentity } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)

await t.test('candidates come with all their identifiers, by any of them', async (t) => {
  const { db, siteId } = await fresh(t)
  const add = (input: object) =>
    createNode(db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  const a = await add({
    name: 'a',
    serial: 'SN-A',
    uuid: '00112233-4455-6677-8899-aabbccddeeff',
    macs: ['52:54:00:aa:00:01'],
  })
  const b = await add({ name: 'b', macs: ['52:54:00:aa:00:02'], serial: '7X', manufacturer: 'Dell' })
  const c = await add({ name: 'c', serial: '7x', manufacturer: 'HP' })
  const find = (identity: object) => findCandidates(db, normaliseIdentity({ macs: [], ...identity }))
  const whole = {
    nodeId: a.id,
    name: 'a',
    registered: true,
    manufacturer: null,
    serials: ['SN-A'],
    uuids: ['00112233-4455-6677-8899-aabbccddeeff'],
    macs: ['52:54:00:aa:00:01'],
    provisional: [],
  }
  t.same(await find({ serial: 'sn-a' }), [whole])
  t.same(await find({ uuid: '33221100-5544-7766-8899-aabbccddeeff' }), [whole])
  t.same(
    (await find({ serial: 'sn-a', macs: ['52:54:00:aa:00:02'] })).map((each) => each.name),
    ['a', 'b'],
  )
  t.same(
    (await find({ serial: '7X' })).map((each) => each.nodeId),
    [b.id, c.id],
  )
  t.same(await find({ serial: 'Default string' }), [])
})

await t.test('two machines that share identifiers in another order do not wait for each other for ever', async (t) => {
  const { registry, db } = await fresh(t)
  const lock = (macs: string[]) => registry.transaction((tx) => lockIdentity(tx, { macs }))
  const macs = ['52:54:00:aa:00:01', '52:54:00:aa:00:02', '52:54:00:aa:00:03']
  // With the middle one held, each would get its own first one and then wait for the other's.
  const { both } = await registry.transaction(async (tx) => {
    await lockIdentity(tx, { macs: ['52:54:00:aa:00:02'] })
    const both = Promise.all([lock(macs), lock(macs.toReversed())])
    await waitingForLocks(db, 2)
    return { both }
  })
  await t.resolves(both)
})
