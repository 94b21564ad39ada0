import { NodeInput } from '@eims/contracts'
import t from 'tap'
import {
  activeRun,
  createInstance,
  createNode,
  createRun,
  fillIdentifiers,
  findCandidates,
  getNode,
  listNodes,
  lockIdentity,
  lockNode,
  matchIdentity,
  newId,
  normaliseIdentity,
  type Registry,
} from '../src/index.ts'
import { addProfile, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)

/** What the server does when a machine onboards, in short. */
async function onboard(registry: Registry, siteId: string, profileId: string, mac: string): Promise<string> {
  const identity = normaliseIdentity({ serial: 'SN-1', macs: [mac] })
  return registry.transaction(
    async (tx) => {
      await lockIdentity(tx, identity)
      const match = matchIdentity(identity, await findCandidates(tx, identity))
      if (match.kind === 'conflict') throw new Error(match.reason)
      const input = NodeInput.parse({ serial: 'SN-1', macs: [mac] })
      const nodeId =
        match.kind === 'one'
          ? match.nodeId
          : (await createNode(tx, { input, registered: false, actor: 'eims', siteId })).id
      if (match.kind === 'one') await fillIdentifiers(tx, nodeId, match.missing)
      await lockNode(tx, nodeId)
      if (await activeRun(tx, nodeId)) return nodeId
      const { id: instanceId } = await createInstance(tx, { nodeId, profileId })
      await createRun(tx, {
        id: newId(),
        nodeId,
        instanceId,
        state: 'PENDING',
        reason: null,
        createdAt: Date.now(),
        startedAt: null,
        endedAt: null,
        actions: [],
      })
      return nodeId
    },
    { timeout: 60_000 },
  )
}

await t.test('fifty simultaneous onboardings of one serial make one node and one run', async (t) => {
  const { db, registry, siteId } = await fresh(t)
  const profile = await addProfile(db, siteId)
  const macs = Array.from({ length: 50 }, (_, i) => `52:54:00:bb:00:${(0x10 + i).toString(16)}`)
  const ids = await Promise.all(macs.map((mac) => onboard(registry, siteId, profile.id, mac)))
  t.equal(new Set(ids).size, 1)
  t.equal((await listNodes(db, { pageSize: 100 })).items.length, 1)
  t.equal(await db.run.count(), 1)
  t.equal(await db.instance.count(), 1)
  t.same((await getNode(db, ids[0]!)).macs.toSorted(), macs)
})

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
  const { registry } = await fresh(t)
  const lock = (macs: string[]) =>
    registry.transaction((tx) =>
      lockIdentity(tx, { macs }).then(() => new Promise((resolve) => setTimeout(resolve, 5))),
    )
  const macs = ['52:54:00:aa:00:01', '52:54:00:aa:00:02', '52:54:00:aa:00:03']
  await t.resolves(Promise.all(Array.from({ length: 20 }, (_, i) => lock(i % 2 ? macs : macs.toReversed()))))
})
