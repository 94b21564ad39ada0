import { NodeInput } from '@eims/contracts'
import t, { type Test } from 'tap'
import {
  addNode,
  createNode,
  deleteNode,
  getNode,
  holdNode,
  listNodes,
  lockIdentity,
  normaliseIdentity,
  patchSite,
  registerNode,
  timeline,
  underClaim,
} from '../src/index.ts'
import { addProfile, type FreshDatabase, startDatabases } from './fresh-database.ts'

// Promise: the short way of registering a node writes what the long one does, and gives way to it whenever one of the
// rules has something to say.

const fresh = await startDatabases(t)
const uuid = '00112233-4455-6677-8899-aabbccddeeff'
const mac = '52:54:00:aa:00:01'
const full = {
  name: 'one',
  serial: 'SN-1',
  uuid,
  macs: [mac, '52:54:00:aa:00:02'],
  manufacturer: 'Dell Inc.',
  product: 'R650',
  profile: 'debian',
  metadata: { rack: '7' },
  disk: { prefer: 'smallest' },
  netbootPolicy: 'denied',
  bootFile: 'ipxe.efi',
  secureBoot: 'on',
}

type Way = (database: FreshDatabase, input: object) => ReturnType<typeof createNode>
const short: Way = async ({ registry, siteId }, input) =>
  (await registerNode(registry, { input: NodeInput.parse(input), actor: 'ann', siteId })).node
const long: Way = ({ registry, siteId }, input) =>
  registry.transaction((tx) => addNode(tx, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId }))

async function comesTo(t: Test, way: Way, before: (database: FreshDatabase) => Promise<unknown>, input: object) {
  const database = await fresh(t)
  await addProfile(database.db, database.siteId)
  await before(database)
  const said = await way(database, input).then(
    ({ name, ...node }) => ({ ...node, name }),
    ({ code, message, fields }: { code?: string; message: string; fields?: unknown }) => ({ code, message, fields }),
  )
  const { db } = database
  const nodes = await db.node.findMany({ orderBy: { name: 'asc' } })
  const identifiers = await db.nodeIdentifier.findMany({ orderBy: [{ kind: 'asc' }, { value: 'asc' }] })
  const events = await db.event.findMany({ orderBy: { id: 'asc' } })
  const audit = await db.audit.findMany({ orderBy: { id: 'asc' } })
  const text = JSON.stringify({ said, nodes, identifiers, events, audit }, (_, value: unknown) =>
    typeof value === 'bigint' ? null : value,
  )
  // Ids and times are other ones in each database.
  const ids = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g
  return JSON.parse(text.replace(ids, 'ID').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')) as object
}

const nothing = async () => undefined
const earlier =
  (input: object, registered = true) =>
  ({ db, siteId }: FreshDatabase) =>
    createNode(db, { input: NodeInput.parse(input), registered, actor: 'bob', siteId })
const cases: [string, (database: FreshDatabase) => Promise<unknown>, object][] = [
  ['everything is said', nothing, full],
  ['the least is said', nothing, { macs: [mac] }],
  ['the serial is another’s', earlier({ serial: 'sn-1' }), full],
  ['the UUID is another’s', earlier({ uuid: '33221100-5544-7766-8899-aabbccddeeff' }), full],
  ['a MAC is another’s', earlier({ macs: [mac] }), full],
  ['the serial is that of another maker’s', earlier({ serial: 'SN-1', manufacturer: 'HPE' }), full],
  ['the name is another’s', earlier({ name: 'one', serial: 'SN-9' }), full],
  ['the name that it would get is another’s', earlier({ name: 'node-sn-1', serial: 'SN-9' }), { serial: 'SN-1' }],
  ['it was discovered', earlier({ serial: 'SN-1', macs: [mac] }, false), full],
  ['there is no such profile', nothing, { ...full, profile: 'debain' }],
  ['there is no such batch', nothing, { ...full, batch: 'lot-7' }],
  ['there is no such account', nothing, { ...full, account: 'ops' }],
  ['there is no such site', nothing, { ...full, site: 'other' }],
  ['the site is named', nothing, { ...full, site: 'Default' }],
  ['a serial is a placeholder', nothing, { ...full, serial: 'Default string' }],
  ['a serial is shared', ({ db }) => patchSite(db, { sharedIdentifiers: ['SN-1'] }), full],
  ['another one is shared', ({ db }) => patchSite(db, { sharedIdentifiers: ['SN-5'] }), full],
]
for (const [what, before, input] of cases)
  await t.test(what, async (t) => {
    const [by, as] = [await comesTo(t, short, before, input), await comesTo(t, long, before, input)]
    t.strictSame(by, as)
  })

await t.test('of many who register one machine at once, one gets it', async (t) => {
  for (const inputs of [
    [{ serial: 'SN-1' }, { serial: ' sn-1 ' }, { serial: 'Sn-1', manufacturer: 'Dell' }],
    [{ uuid }, { uuid: '33221100-5544-7766-8899-aabbccddeeff' }],
    [{ macs: [mac] }, { macs: [mac], serial: 'OTHER-1' }],
  ]) {
    const database = await fresh(t)
    const tries = await Promise.allSettled(
      [...inputs, ...inputs, ...inputs].map((input, n) => short(database, { name: `n${n}`, ...input })),
    )
    t.equal(tries.filter((each) => each.status === 'fulfilled').length, 1)
    for (const each of tries) if (each.status === 'rejected') t.match(each.reason, { code: 'already-exists' })
    t.equal((await listNodes(database.db, { pageSize: 10 })).items.length, 1)
    t.equal(await database.db.audit.count(), 1)
    t.equal(await database.db.event.count(), 1)
  }
})

const waits = async ({ db }: FreshDatabase) =>
  (await db.$queryRaw<unknown[]>`select 1 from pg_locks where locktype = 'advisory' and not granted`).length > 0

await t.test('whoever decides about the machine at the moment is waited for, and it is taken over', async (t) => {
  const database = await fresh(t)
  const { registry, db, siteId } = database
  const held = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const input = { serial: 'SN-1', macs: [mac] }
  const onboarding = registry.transaction(async (tx) => {
    await lockIdentity(tx, normaliseIdentity(input))
    held.resolve()
    await goOn.promise
    return addNode(tx, { input: NodeInput.parse(input), registered: false, actor: 'discovery', siteId })
  })
  await held.promise
  let isOver = false
  const registering = short(database, { name: 'one', serial: 'SN-1' }).finally(() => {
    isOver = true
  })
  while (!isOver && !(await waits(database)));
  t.notOk(isOver)
  t.equal(await db.node.count(), 0)
  goOn.resolve()
  t.match(await registering, { id: (await onboarding).id, name: 'one', registered: true, macs: [mac] })
})

await t.test('the note of a request that happens once is kept with it', async (t) => {
  const database = await fresh(t)
  const { db } = database
  await db.$executeRaw`insert into idempotency (hash, request_hash, created_at) values ('h', 'r', clock_timestamp())`
  await underClaim('h', () => short(database, full).catch(() => undefined))
  t.match(await db.idempotency.findMany(), [{ status: null }], 'nothing was done, for there is no such profile')
  await underClaim('h', () => short(database, { serial: 'SN-1' }))
  t.match(await db.idempotency.findMany(), [{ status: 0 }])
})

await t.test('what it makes can be held and removed as any other', async (t) => {
  const database = await fresh(t)
  const { id } = await short(database, { serial: 'SN-1' })
  await holdNode(database.db, id, 'cable', 'ann')
  t.match(await getNode(database.db, 'SN-1'), { hold: 'cable' })
  t.match(await timeline(database.db, id), [{ kind: 'node.registered' }, { kind: 'node.changed' }])
  await deleteNode(database.db, id, 'ann')
  t.equal(await database.db.nodeIdentifier.count(), 0)
})
