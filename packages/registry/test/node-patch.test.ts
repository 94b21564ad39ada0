import { AccountInput, BatchInput, NodeInput } from '@eims/contracts'
import t, { type Test } from 'tap'
import {
  createAccount,
  createBatch,
  createNode,
  findNode,
  getNode,
  holdNode,
  patchNode,
  patchSite,
  releaseNode,
  writeChanges,
} from '../src/index.ts'
import { addProfile, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)

const whole = {
  name: 'one',
  serial: 'SN-1',
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
  macs: ['52:54:00:aa:00:01', '52:54:00:aa:00:02'],
  manufacturer: 'Dell',
  product: 'R650',
  profile: 'debian',
  site: 'DEFAULT',
  batch: 'lot-7',
  metadata: { rack: 'A1', 'customer.example/name': 'ACME & Sons' },
  account: 'edge',
  disk: { match: '/dev/nvme*', prefer: 'smallest' as const },
}

async function filled(test: Test) {
  const database = await fresh(test)
  const { db, siteId } = database
  await addProfile(db, siteId)
  await createBatch(db, siteId, BatchInput.parse({ name: 'lot-7' }))
  await createAccount(db, AccountInput.parse({ name: 'edge', userName: 'edge' }))
  const add = (input: object) =>
    createNode(db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  return { ...database, add }
}

await t.test('everything that a node is registered with comes out again, and null clears it', async (t) => {
  const { db, add } = await filled(t)
  const { site: _site, ...shown } = whole
  t.match(await add(whole), { ...shown, site: 'default' })
  const cleared = {
    profile: null,
    batch: null,
    account: null,
    disk: null,
    manufacturer: null,
    product: null,
    uuid: null,
  }
  t.match(await patchNode(db, 'one', { ...cleared, macs: [], metadata: null }, 'ann'), {
    ...cleared,
    serial: 'SN-1',
    macs: [],
    metadata: {},
  })
})

await t.test('a patch changes what it names, and identifiers take the place of the former ones', async (t) => {
  const { db, add } = await filled(t)
  const { id } = await add(whole)
  const changed = await patchNode(
    db,
    'one',
    { serial: 'SN-2', macs: ['52:54:00:aa:00:02', '52:54:00:aa:00:03'] },
    'ann',
  )
  t.match(changed, { id, name: 'one', serial: 'SN-2', uuid: whole.uuid, batch: 'lot-7', metadata: whole.metadata })
  t.strictSame(new Set(changed.macs), new Set(['52:54:00:aa:00:02', '52:54:00:aa:00:03']))
  t.equal(await findNode(db, 'SN-1'), null, 'the former serial is nobody’s')
  t.equal(await findNode(db, '52:54:00:aa:00:01'), null)
  t.match(await patchNode(db, 'one', { serial: 'sn-2' }, 'ann'), { serial: 'sn-2' }, 'written otherwise')
  t.match(await patchNode(db, 'one', { uuid: '33221100-5544-7766-8899-aabbccddeeff' }, 'ann'), {
    uuid: '33221100-5544-7766-8899-aabbccddeeff',
  })
  const [entry] = await db.audit.findMany({ where: { action: 'node.patch' }, orderBy: { id: 'asc' } })
  t.match(entry, {
    actor: 'ann',
    subject: id,
    subjectName: 'one',
    before: { serial: 'SN-1' },
    after: { serial: 'SN-2' },
  })
})

await t.test('what contradicts is refused, and nothing is half-written', async (t) => {
  const { db, add } = await filled(t)
  const before = await add(whole)
  await add({ name: 'two', serial: 'SN-22', macs: ['52:54:00:aa:00:22'] })
  for (const [patch, code, field] of [
    [{ product: 'R660', serial: 'SN-22' }, 'already-exists'],
    [{ product: 'R660', macs: ['52:54:00:aa:00:22'] }, 'already-exists'],
    [{ product: 'R660', name: 'two' }, 'already-exists'],
    [{ product: 'R660', site: 'elsewhere' }, 'invalid-input', 'body.site'],
    [{ product: 'R660', batch: 'none' }, 'invalid-input', 'body.batch'],
    [{ product: 'R660', account: 'none' }, 'invalid-input', 'body.account'],
    [{ product: 'R660', profile: 'none' }, 'invalid-input', 'body.profile'],
    [{ product: 'R660', serial: null, uuid: null, macs: [] }, 'invalid-input', 'body.serial'],
  ] as [object, string, string?][])
    await t.rejects(patchNode(db, 'one', patch, 'ann'), { code, ...(field ? { fields: [{ path: field }] } : {}) })
  t.strictSame(await getNode(db, 'one'), before)
})

await t.test('the site may be renamed, and nodes are then of the site with the new name', async (t) => {
  const { db, add } = await filled(t)
  await add(whole)
  t.match(await patchSite(db, { name: 'hall-3', defaultAccount: 'edge', mirrors: ['http://m.example/'] }), {
    name: 'hall-3',
    defaultAccount: 'edge',
    mirrors: ['http://m.example/'],
  })
  t.equal((await getNode(db, 'one')).site, 'hall-3')
  await t.rejects(patchNode(db, 'one', { site: 'default' }, 'ann'), { code: 'invalid-input', message: /site hall-3/ })
  t.match(await patchNode(db, 'one', { site: 'HALL-3' }, 'ann'), { site: 'hall-3' })
  await t.rejects(patchSite(db, { defaultAccount: 'none' }), { code: 'invalid-input' })
})

await t.test('a person’s hold outlives whatever the engine says of the machine', async (t) => {
  const { db, add } = await filled(t)
  const { id } = await add(whole)
  await holdNode(db, 'one', 'waits for parts', 'ann')
  await writeChanges(db, { node: { id, status: { reason: { code: 'onboarded', slots: {} }, indicator: 'IDLE' } } })
  t.match(await getNode(db, 'one'), { hold: 'waits for parts' })
  t.equal((await releaseNode(db, 'one', 'ann')).hold, null)
})
