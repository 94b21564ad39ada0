import { NodeInput, Node as NodeSchema, type ProblemError } from '@eims/contracts'
import t from 'tap'
import {
  createNode,
  deleteNode,
  findNode,
  getNode,
  listNodes,
  nodeDetail,
  patchNode,
  saveInventory,
  timeline,
  writeChanges,
} from '../src/index.ts'
import { addProfile, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const uuid = '00112233-4455-6677-8899-aabbccddeeff'
const mac = '52:54:00:aa:00:01'

await t.test('a node is found by id, name, serial, UUID, its twin, and MAC in any notation', async (t) => {
  const { db, siteId } = await fresh(t)
  const input = NodeInput.parse({ serial: 'SN-0001', uuid, macs: ['5254.00aa.0001'], manufacturer: 'Dell Inc.' })
  const node = await createNode(db, { input, registered: true, actor: 'ann', siteId })
  t.match(NodeSchema.parse({ ...node, waiting: null }), {
    name: 'node-sn-0001',
    serial: 'SN-0001',
    uuid,
    macs: [mac],
    registered: true,
    state: 'REGISTERED',
  })
  for (const ref of [
    node.id,
    'node-sn-0001',
    'sn-0001',
    uuid,
    uuid.toUpperCase(),
    '33221100-5544-7766-8899-aabbccddeeff',
    mac,
    '5254.00AA.0001',
    '52-54-00-aa-00-01',
  ])
    t.equal((await findNode(db, ref))?.id, node.id, ref)
  t.equal(await findNode(db, 'no-such'), null)
  await t.rejects(getNode(db, 'no-such'), { code: 'not-found' })
  t.match(await timeline(db, node.id), [
    {
      kind: 'node.registered',
      message:
        'Registered as node-sn-0001 by ann: mac 52:54:00:aa:00:01, serial SN-0001, uuid 00112233-4455-6677-8899-aabbccddeeff',
    },
  ])
})

await t.test('what is taken is refused, with whose it is', async (t) => {
  const { db, siteId } = await fresh(t)
  const add = (input: object) =>
    createNode(db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  await add({ name: 'one', serial: 'SN-1', uuid: '00112233-4455-6677-8899-aabbccddeeff', macs: [mac] })
  for (const [input, sentence] of [
    [{ serial: ' sn-1 ' }, 'Serial sn-1 belongs to node one.'],
    [
      { uuid: '33221100-5544-7766-8899-aabbccddeeff' },
      'UUID 33221100-5544-7766-8899-aabbccddeeff belongs to node one.',
    ],
    [{ serial: 'SN-2', macs: ['52:54:00:aa:00:02', mac] }, `MAC ${mac} belongs to node one.`],
    [{ name: 'one', serial: 'SN-3' }, 'There is a node called one already.'],
  ] as const)
    await t.rejects(add(input), { code: 'already-exists', message: sentence } as ProblemError)
  t.equal((await listNodes(db, { pageSize: 10 })).items.length, 1, 'nothing half-written')
  await t.resolves(add({ serial: 'SN-2', macs: ['52:54:00:aa:00:02'] }), 'and what was refused with them is still free')
})

await t.test('two makers may have given the same serial', async (t) => {
  const { db, siteId } = await fresh(t)
  const add = (input: object) =>
    createNode(db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  await add({ serial: '7X0001', manufacturer: 'Dell Inc.' })
  const second = await add({ serial: '7X0001', manufacturer: 'LENOVO' })
  t.match(second, { name: 'node-7x0001-2', serial: '7X0001' })
  await t.rejects(add({ serial: '7x0001', manufacturer: 'Lenovo Inc.' }), { code: 'already-exists' })
  await t.rejects(findNode(db, '7X0001'), { code: 'identity-conflict' })
})

await t.test('placeholders are refused from a person and left out from a machine', async (t) => {
  const { db, siteId } = await fresh(t)
  const input = NodeInput.parse({
    serial: 'To be filled by O.E.M.',
    uuid: '03000200-0400-0500-0006-000700080009',
    macs: [mac],
  })
  await t.rejects(createNode(db, { input, registered: true, actor: 'ann', siteId }), {
    code: 'invalid-input',
    message: /placeholder/,
  })
  const node = await createNode(db, { input, registered: false, actor: 'eims', siteId })
  t.match(node, { name: 'node-525400aa0001', serial: null, uuid: null, macs: [mac], registered: false })
  await t.rejects(
    createNode(db, { input: NodeInput.parse({ serial: 'Default string' }), registered: false, actor: 'eims', siteId }),
    { code: 'invalid-input' },
  )
})

await t.test('a list goes through pages without a gap or a double', async (t) => {
  const { db, siteId } = await fresh(t)
  for (let i = 0; i < 7; i++)
    await createNode(db, { input: NodeInput.parse({ serial: `SN-${i}0` }), registered: true, actor: 'ann', siteId })
  const names: string[] = []
  let pageToken: string | null | undefined
  do {
    const page = await listNodes(db, { pageSize: 3, pageToken: pageToken ?? undefined })
    names.push(...page.items.map((node) => node.name))
    pageToken = page.nextPageToken
  } while (pageToken !== null)
  t.same(names, ['node-sn-00', 'node-sn-10', 'node-sn-20', 'node-sn-30', 'node-sn-40', 'node-sn-50', 'node-sn-60'])
  await t.rejects(listNodes(db, { pageSize: 3, pageToken: '\u0000%%' }), { code: 'invalid-input' })
})

await t.test('status, inventory, patch and removal', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id } = await createNode(db, {
    input: NodeInput.parse({ serial: 'SN-1' }),
    registered: true,
    actor: 'ann',
    siteId,
  })
  const standing = (profile: string, indicator: 'IDLE' | 'IN_PROGRESS') => ({
    reason: { code: 'gets-profile' as const, slots: { profile } },
    indicator,
  })
  await writeChanges(db, { node: { id, state: 'ONBOARDED', status: standing('a', 'IN_PROGRESS') } })
  const first = await getNode(db, id)
  t.match(first, {
    state: 'ONBOARDED',
    status: { reason: { code: 'gets-profile', slots: { profile: 'a' }, text: 'gets a' }, indicator: 'IN_PROGRESS' },
    lastSeenAt: null,
  })
  await writeChanges(db, { node: { id, status: standing('a', 'IN_PROGRESS') } })
  t.strictSame((await getNode(db, id)).status, first.status, 'the same again keeps its time')
  await writeChanges(db, { node: { id, status: standing('b', 'IDLE') } })
  t.match(await getNode(db, id), { state: 'ONBOARDED', status: { reason: { text: 'gets b' }, indicator: 'IDLE' } })
  await writeChanges(db, { node: { id, seen: true } })
  t.match((await getNode(db, id)).status.reason.text, 'gets b', 'what is left out stays')
  t.ok((await getNode(db, id)).lastSeenAt)
  const inventory = {
    architecture: 'x86_64',
    firmware: 'uefi',
    secureBoot: null,
    cpuModel: null,
    cpuCount: 2,
    memory: 1,
    biosVendor: null,
    biosVersion: null,
    disks: [],
    nics: [],
    missingFirmware: [],
  } as const
  await saveInventory(
    db,
    id,
    { ...inventory, disks: [], nics: [], missingFirmware: [] },
    { manufacturer: 'QEMU', product: 'Default string' },
  )
  t.match(await nodeDetail(db, id), { inventory, manufacturer: 'QEMU', product: null })
  t.match(await patchNode(db, id, { name: 'bench-1' }, 'ann'), { name: 'bench-1' })
  await t.rejects(patchNode(db, id, { profile: 'nope' }, 'ann'), {
    code: 'invalid-input',
    fields: [{ path: 'body.profile' }],
  })
  await deleteNode(db, 'bench-1', 'ann')
  t.equal(await findNode(db, id), null)
  t.match(await db.audit.findMany({ orderBy: { id: 'asc' } }), [
    { action: 'node.create' },
    { action: 'node.patch' },
    { action: 'node.delete' },
  ])
})

await t.test('a machine that appeared by itself is taken over by whoever registers it', async (t) => {
  const { db, siteId } = await fresh(t)
  await addProfile(db, siteId)
  const put = (input: object, registered = true) =>
    createNode(db, { input: NodeInput.parse(input), registered, actor: 'ann', siteId })
  const found = await put({ serial: 'SN-1', macs: [mac] }, false)
  await put({ serial: 'SN-2', macs: ['52:54:00:aa:00:02'] }, false)
  await put({ name: 'three', serial: 'SN-3' })

  for (const [input, sentence] of [
    [{ serial: 'SN-1', macs: ['52:54:00:aa:00:02'] }, /belongs to node/],
    [{ serial: 'SN-9', macs: [mac] }, /MAC 52:54:00:aa:00:01 belongs to node node-sn-1/],
    [{ serial: 'SN-3' }, /belongs to node three/],
    [{ name: 'three', serial: 'SN-1' }, /called three already/],
  ] as const)
    await t.rejects(put(input), { code: 'already-exists', message: sentence })
  t.match(await getNode(db, found.id), { registered: false, name: 'node-sn-1' }, 'refusals change nothing')

  const taken = await put({ name: 'one', serial: 'sn-1', uuid, profile: 'debian' })
  t.match(taken, {
    id: found.id,
    name: 'one',
    registered: true,
    profile: 'debian',
    serial: 'SN-1',
    uuid,
    macs: [mac],
    hold: null,
  })
  t.match((await timeline(db, found.id)).at(-1), {
    kind: 'node.registered',
    message: `Taken over as one by ann: serial sn-1, uuid ${uuid}`,
  })
  t.match(await db.audit.findMany({ where: { subject: found.id } }), [
    { action: 'node.create', actor: 'ann', before: { name: 'node-sn-1', registered: false } },
  ])
  await t.rejects(put({ serial: 'SN-1' }), { code: 'already-exists' }, 'once')
})
