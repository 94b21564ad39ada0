import { NodeInput, type ProblemError } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { canonicalUuid, createNode, listNodes, newId, patchNode } from '../src/index.ts'
import { addProfile, type FreshDatabase, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const uuid = '00112233-4455-6677-8899-aabbccddeeff'
const twin = '33221100-5544-7766-8899-aabbccddeeff'
const mac = '52:54:00:aa:00:01'

const adder =
  ({ db, siteId }: FreshDatabase) =>
  (input: object) =>
    createNode(db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })

await t.test('of many who register one machine at once, one gets it', async (t) => {
  for (const [what, inputs] of [
    ['serial', [{ serial: 'SN-1' }, { serial: ' sn-1 ' }, { serial: 'Sn-1', manufacturer: 'Dell' }]],
    ['UUID and its twin', [{ uuid }, { uuid: twin }, { uuid: uuid.toUpperCase() }]],
    ['MAC', [{ macs: [mac] }, { macs: ['5254.00AA.0001'] }, { macs: ['52-54-00-aa-00-01'], serial: 'OTHER-1' }]],
  ] as const) {
    const database = await fresh(t)
    const add = adder(database)
    const tries = await Promise.allSettled([...inputs, ...inputs].map((input, n) => add({ name: `n${n}`, ...input })))
    t.equal(tries.filter((each) => each.status === 'fulfilled').length, 1, what)
    const reasons = tries.flatMap((each) => (each.status === 'rejected' ? [(each.reason as ProblemError).code] : []))
    t.strictSame(new Set(reasons), new Set(['already-exists']), `${what}: the others are told`)
    t.equal((await listNodes(database.db, { pageSize: 10 })).items.length, 1)
  }
})

await t.test('the database refuses what code that knows nothing of the rules would write', async (t) => {
  const database = await fresh(t)
  const { db } = database
  const { id: nodeId } = await adder(database)({ serial: 'SN-1', uuid, macs: [mac] })
  const { id: other } = await adder(database)({ serial: 'SN-2' })
  const insert = (kind: string, value: string) =>
    db.$executeRaw`insert into node_identifier (id, node_id, kind, value, shown) values (${newId()}, ${other}, ${kind}, ${value}, ${value})`
  t.ok(nodeId)
  const taken: [string, string][] = [
    ['serial', 'sn-1'],
    ['uuid', canonicalUuid(uuid)],
    ['mac', mac],
  ]
  for (const [kind, value] of taken) await t.rejects(insert(kind, value), /node_identifier_kind_value_key|23505/, kind)
  const wrongForm: [string, string][] = [
    ['serial', 'SN-9'],
    ['serial', ' sn-9'],
    ['serial', ''],
    ['uuid', twin],
    ['uuid', 'FFEEDDCC-0000-4000-8000-000000000001'],
    ['mac', '52-54-00-aa-00-09'],
    ['mac', '52:54:00:AA:00:09'],
  ]
  for (const [kind, value] of wrongForm)
    await t.rejects(insert(kind, value), /canonical_check|23514/, `${kind} ${value}`)
  await t.resolves(insert('uuid', canonicalUuid('ffeeddcc-0000-4000-8000-000000000001')))
  await t.rejects(
    db.$executeRaw`insert into site (id, name, signing_key, ntp_servers) values (${newId()}, 'second', ${Buffer.alloc(32)}, '{}')`,
    /site_only_one|23505/,
    'there is one site',
  )
})

await t.test('one serial of two makers is two machines, and stays so when a maker is corrected', async (t) => {
  const database = await fresh(t)
  const add = adder(database)
  const dell = await add({ name: 'dell', serial: '7X1', manufacturer: 'Dell Inc.' })
  const hp = await add({ name: 'hp', serial: '7X1', manufacturer: 'HPE' })
  await t.rejects(add({ serial: '7X1', manufacturer: 'Hewlett Packard' }), {
    code: 'already-exists',
    message: /node hp/,
  })
  await t.rejects(add({ serial: '7X1' }), { code: 'already-exists' }, 'without a maker it could be either')
  const correct = (manufacturer: string | null) => patchNode(database.db, hp.id, { manufacturer }, 'ann')
  await t.rejects(correct('DELL'), { code: 'already-exists', message: /node dell/ })
  await t.rejects(correct(null), { code: 'already-exists' })
  t.match(await correct('Lenovo'), { manufacturer: 'Lenovo', serial: '7X1' })
  await t.resolves(add({ name: 'hp-2', serial: '7X1', manufacturer: 'HP' }), 'which is free again')
  t.match(await patchNode(database.db, dell.id, { serial: '7X2' }, 'ann'), { serial: '7X2' })
})

await t.test('a placeholder is refused with that word, wherever it comes in', async (t) => {
  const database = await fresh(t)
  const add = adder(database)
  await add({ name: 'one', serial: 'SN-1' })
  for (const [input, path] of [
    [{ serial: 'To be filled by O.E.M.' }, 'body.serial'],
    [{ serial: 'Default string' }, 'body.serial'],
    [{ serial: '00000000' }, 'body.serial'],
    [{ uuid: '03000200-0400-0500-0006-000700080009' }, 'body.uuid'],
    [{ uuid: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }, 'body.uuid'],
    [{ macs: ['52:54:00:aa:00:07', '00:00:00:00:00:00'] }, 'body.macs.1'],
  ] as const) {
    const refused = { code: 'invalid-input', message: /placeholder/, fields: [{ path, message: /placeholder/ }] }
    await t.rejects(add(input), refused)
    await t.rejects(patchNode(database.db, 'one', input as object, 'ann'), refused)
  }
})

await t.test(
  'what a node names and somebody renames meanwhile is told as that, not as a name that is taken',
  async (t) => {
    const database = await fresh(t)
    const { db, registry, siteId } = database
    await addProfile(db, siteId)
    for (const name of ['one', undefined]) {
      const { promise: release, resolve: commit } = Promise.withResolvers<void>()
      const { promise: renamed, resolve: done } = Promise.withResolvers<void>()
      const renaming = registry.transaction(async (tx) => {
        await tx.$executeRaw`update profile set name = 'renamed'`
        done()
        await release
      })
      await renamed
      const adding = adder(database)({ name, serial: 'SN-1', profile: 'debian' })
      const refused = t.rejects(adding, { code: 'invalid-input', fields: [{ path: 'body.profile' }] })
      await until(async () => {
        const waiting = await db.$queryRaw<unknown[]>`select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%for key share%'`
        return waiting.length > 0
      })
      commit()
      await renaming
      await refused
      await db.$executeRaw`update profile set name = 'debian'`
    }
  },
)
