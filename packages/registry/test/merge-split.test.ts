import { NodeInput, shown, told } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import t, { type Test } from 'tap'
import {
  appendEvents,
  createInstance,
  createNode,
  currentInstance,
  findNode,
  getNode,
  holdNode,
  mergeNodes,
  splitNode,
  timeline,
  writeChanges,
} from '../src/index.ts'
import { addProfile, type FreshDatabase, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const uuid = '00112233-4455-6677-8899-aabbccddeeff'
const macs = ['52:54:00:aa:00:01']
const reason = 'typo in the vendor’s list'

const add = ({ db, siteId }: FreshDatabase, input: object, registered = true) =>
  createNode(db, { input: NodeInput.parse(input), registered, actor: 'ann', siteId })

/** A node registered with a typo, and the machine itself, which appeared with its true serial and was imaged. */
async function mistaken(test: Test) {
  const database = await fresh(test)
  const { db, siteId } = database
  const profile = await addProfile(db, siteId)
  const typo = await add(database, { name: 'typo', serial: 'SN-O1', profile: 'debian', metadata: { rack: 'A1' } })
  const found = await add(database, { name: 'found', serial: 'SN-01', uuid, macs, manufacturer: 'Dell' }, false)
  await createInstance(db, { nodeId: typo.id, profileId: profile.id })
  const instance = await createInstance(db, { nodeId: found.id, profileId: profile.id })
  await writeChanges(db, { instance: { id: instance.id, state: 'RUNNING' } })
  await db.$executeRaw`insert into run (id, node_id, instance_id, state) values ('r1', ${found.id}, ${instance.id}, 'SUCCEEDED')`
  const at = new Date().toISOString()
  const line = { nodeId: found.id, runId: 'r1', actionId: 'seed', attempt: 1, at, stream: 'agent' as const, text: 'x' }
  await writeChanges(db, { logs: [line] })
  await appendEvents(db, [{ kind: 'agent.onboarded', nodeId: found.id, message: 'its agent came' }])
  await db.$executeRaw`update node set last_seen_at = now(), state = 'ONBOARDED' where id = ${found.id}`
  return { ...database, typo, found, instance }
}

await t.test('merging: identifiers, instance, runs, logs and events come over, and the other is no more', async (t) => {
  const { db, typo, found, instance } = await mistaken(t)
  const merged = await mergeNodes(db, 'typo', { from: 'SN-01', reason }, 'ann')
  t.match(merged, {
    id: typo.id,
    name: 'typo',
    registered: true,
    profile: 'debian',
    manufacturer: 'Dell',
    metadata: { rack: 'A1' },
    state: 'ONBOARDED',
    uuid,
    macs,
    run: { id: 'r1' },
  })
  for (const ref of ['SN-O1', 'SN-01', uuid, macs[0]!]) t.equal((await findNode(db, ref))?.id, typo.id, ref)
  t.equal(await findNode(db, found.id), null)
  t.equal((await currentInstance(db, typo.id))?.id, instance.id, 'what the disk holds is the newer instance')
  t.equal(await db.log.count({ where: { nodeId: typo.id } }), 1)
  t.match(
    (await timeline(db, typo.id)).map((event) => event.message),
    [
      /Registered as typo/,
      /Appeared by itself/,
      'its agent came',
      /ann merged found into it, with .*serial SN-01.*typo/,
    ],
  )
  t.match(await db.audit.findFirst({ where: { action: 'node.merge' } }), {
    actor: 'ann',
    subject: typo.id,
    subjectName: 'typo',
    reason,
    before: { into: { name: 'typo' }, from: { name: 'found', serial: 'SN-01' } },
    after: { identifiers: [{ kind: 'mac' }, { kind: 'serial', value: 'SN-01' }, { kind: 'uuid', value: uuid }] },
  })
})

await t.test(
  'a status is that of one of the two: reason, indicator and time of the one that was heard last',
  async (t) => {
    const heard = [
      { typo: '2026-11-20T10:00:00Z', found: '2026-11-20T11:00:00Z', words: 'found' },
      { typo: '2026-11-20T11:00:00Z', found: '2026-11-20T10:00:00Z', words: 'typo' },
      { typo: null, found: '2026-11-20T10:00:00Z', words: 'found' },
      { typo: null, found: null, words: 'typo' },
    ]
    const { db } = await mistaken(t)
    for (const { words, ...seen } of heard) {
      const statuses = {
        typo: { reason: shown(told('of typo')), indicator: 'IDLE', at: '2026-11-20T08:00:00.000Z' },
        found: { reason: shown(told('of found')), indicator: 'ERROR', at: '2026-11-20T09:00:00.000Z' },
      }
      for (const name of ['typo', 'found'] as const) {
        const { reason, indicator, at } = statuses[name]
        await db.$executeRaw`
        update node set status = ${{ code: reason.code, slots: reason.slots }}::jsonb, status_indicator = ${indicator}, status_at = ${at}::timestamptz,
               last_seen_at = ${seen[name]}::timestamptz where name = ${name}`
      }
      const { status } = await mergeNodes(db, 'typo', { from: 'found', reason }, 'ann')
      t.strictSame(status, statuses[words as 'typo' | 'found'], JSON.stringify(seen))
      await splitNode(db, 'typo', { identifiers: { serial: 'SN-01', macs: [] }, name: 'found', reason }, 'ann')
    }
  },
)

await t.test('splitting takes a merge back, and merging takes a split back', async (t) => {
  const { db } = await mistaken(t)
  const before = await mergeNodes(db, 'typo', { from: 'found', reason }, 'ann')
  const split = await splitNode(
    db,
    'typo',
    { identifiers: { serial: 'sn-01', uuid, macs }, name: 'found', reason: 'two machines after all' },
    'bob',
  )
  t.match(split, {
    name: 'found',
    serial: 'SN-01',
    uuid,
    macs,
    manufacturer: 'Dell',
    profile: 'debian',
    state: 'REGISTERED',
  })
  t.match(await getNode(db, 'typo'), { serial: 'SN-O1', uuid: null, macs: [], run: { id: 'r1' } }, 'history stays')
  t.match(await db.audit.findFirst({ where: { action: 'node.split' } }), {
    actor: 'bob',
    subject: before.id,
    subjectName: 'typo',
    reason: 'two machines after all',
    after: { id: split.id, name: 'found', identifiers: [{ kind: 'mac' }, { kind: 'serial' }, { kind: 'uuid' }] },
  })
  const again = await mergeNodes(db, 'typo', { from: 'found', reason }, 'ann')
  t.match(again, { id: before.id, name: before.name, uuid, macs })
  t.equal((await findNode(db, 'SN-01'))?.id, before.id)
})

await t.test('neither is done while a run is active, and nothing is changed', async (t) => {
  const { db, typo, instance } = await mistaken(t)
  await db.$executeRaw`update run set state = 'RUNNING' where instance_id = ${instance.id}`
  const refused = { code: 'wrong-state', reason: { code: 'run-under-way', slots: { node: 'found' } } }
  await t.rejects(mergeNodes(db, 'typo', { from: 'found', reason }, 'ann'), refused)
  await t.rejects(mergeNodes(db, 'found', { from: 'typo', reason }, 'ann'), refused)
  await t.rejects(splitNode(db, 'found', { identifiers: { uuid, macs: [] }, reason }, 'ann'), refused)
  await t.rejects(holdNode(db, 'found', reason, 'ann'), refused)
  t.match(await getNode(db, typo.id), { serial: 'SN-O1', macs: [] })
  t.match(await getNode(db, 'found'), { serial: 'SN-01', uuid, macs })
})

await t.test('what makes no sense is refused', async (t) => {
  const { db } = await mistaken(t)
  const split = (identifiers: object, name?: string) =>
    splitNode(db, 'found', { identifiers: { macs: [], ...identifiers }, reason, ...(name ? { name } : {}) }, 'ann')
  await t.rejects(mergeNodes(db, 'typo', { from: 'SN-O1', reason }, 'ann'), {
    code: 'invalid-input',
    message: /itself/,
  })
  await t.rejects(mergeNodes(db, 'typo', { from: 'nobody', reason }, 'ann'), { code: 'not-found' })
  await t.rejects(split({ serial: 'SN-O1' }), { code: 'invalid-input', message: /does not have/ })
  await t.rejects(split({ serial: 'SN-01', uuid, macs }), { code: 'invalid-input', message: /at least one/ })
  await t.rejects(split({ uuid }, 'typo'), { code: 'already-exists' })
  t.match(await split({ uuid }), { name: `node-${uuid}`, uuid, serial: null })
})

await t.test('two merges in opposite directions end in one node and no deadlock', async (t) => {
  const { registry, db } = await mistaken(t)
  // Both are made to wait for their first lock, so that each would hold one node when it asks for the other.
  const both = await registry.transaction(async (tx) => {
    await tx.$executeRaw`select 1 from node for update`
    const merges = Promise.allSettled([
      registry.transaction((one) => mergeNodes(one, 'typo', { from: 'found', reason }, 'ann')),
      registry.transaction((two) => mergeNodes(two, 'found', { from: 'typo', reason }, 'bob')),
    ])
    await waitingForLocks(db, 2)
    return { merges }
  })
  const ends = await both.merges
  t.equal(ends.filter((each) => each.status === 'fulfilled').length, 1)
  t.match(
    ends.find((each) => each.status === 'rejected'),
    { reason: { code: 'not-found' } },
  )
  t.equal(await db.node.count(), 1)
})
