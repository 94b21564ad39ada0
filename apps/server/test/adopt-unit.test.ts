import type { CallInput } from '@eims/contracts'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript } from './support/machine.ts'
import { addDefaultProfile, addProfile, openSite } from './support/site.ts'

// A unit that runs at its site becomes a node of the registry as it is, and what the registry knows otherwise is refused by name.

const { fresh } = await startDatabases(t)
const mac = '52:54:00:aa:00:17'
type Body = CallInput<'adoptUnit'>['body']

const unit = (of: object = {}): Body => ({
  serial: 'SN-17',
  uuid: '11111111-2222-3333-4444-555555550017',
  macs: [mac],
  osVersion: 'Debian GNU/Linux 12 (bookworm)',
  hostName: 'till-17',
  machineId: 'ab'.repeat(16),
  sshHostKeys: ['ssh-ed25519 AAAA'],
  ...of,
})

const file = (manifestSha256: string, image = 'debian-image') => ({
  format: 1 as const,
  name: 'pos-17',
  serial: 'SN-17',
  uuid: null,
  macs: [mac],
  profile: 'debian',
  image: { name: image, manifestSha256 },
  installedAt: '2026-07-01T10:00:00.000Z',
  instanceId: 'run-1',
})

await t.test('a unit becomes a node that runs, once, and its disk is kept', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { manifestSha256 } = await site.api('getImage', { params: { id: 'debian-image' } })
  const body = unit({ unit: file(manifestSha256!) })
  const dry = await site.api('adoptUnit', { body: { ...body, dryRun: true } })
  t.match(dry, { node: null, result: 'new', dryRun: true, digest: 'equal' })
  t.strictSame((await site.api('listNodes', {})).items, [], 'a dry run registers nothing')

  const adopted = await site.api('adoptUnit', { body })
  t.match(adopted, {
    result: 'new',
    digest: 'equal',
    image: { name: 'debian-image', published: manifestSha256 },
    node: {
      name: 'pos-17',
      registered: true,
      profile: 'debian',
      waiting: null,
      run: null,
      instance: { state: 'RUNNING', osVersion: 'Debian GNU/Linux 12 (bookworm)', sshHostKeys: ['ssh-ed25519 AAAA'] },
    },
  })
  const { events } = await site.api('nodeTimeline', { params: { id: 'pos-17' } })
  t.match(events.find(({ kind }) => kind === 'instance.running')?.message, /its image debian-image is the one that is/)
  t.match(await site.api('adoptUnit', { body }), { result: 'known', node: { id: adopted.node!.id } })
  t.equal((await site.api('nodeTimeline', { params: { id: 'pos-17' } })).events.length, events.length)

  t.match(await bootScript(site.open, { serial: 'SN-17', mac }), /sanboot|exit|local/)
  t.match(await site.api('getNode', { params: { id: 'pos-17' } }), { run: null, instance: { state: 'RUNNING' } })
  await t.rejects(site.api('provisionNode', { params: { id: 'pos-17' } }), { code: 'wrong-state' })
})

await t.test('without a file of ours: what is not known stays open', async (t) => {
  const site = await openSite(t, await fresh(t))
  t.match(await site.api('adoptUnit', { body: unit({ osVersion: undefined }) }), {
    digest: 'unknown',
    image: null,
    node: { name: 'till-17', profile: null, instance: { state: 'RUNNING' } },
  })
  t.match(
    await site.api('adoptUnit', { body: { macs: ['52:54:00:aa:00:18'], serial: 'To be filled by O.E.M.' } }),
    { node: { serial: null, macs: ['52:54:00:aa:00:18'] } },
    'a placeholder identifies nothing',
  )
  await t.rejects(site.api('adoptUnit', { body: { serial: 'Default string' } }), { code: 'invalid-input' })
})

await t.test('the image of that name here differs, or is not here', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  t.match(await site.api('adoptUnit', { body: unit({ unit: file('ab'.repeat(32)) }) }), { digest: 'differs' })
  t.match(await site.api('adoptUnit', { body: unit({ unit: file('ab'.repeat(32), 'gone'), dryRun: true }) }), {
    digest: 'unknown',
    image: { published: null },
  })
})

await t.test('a node that is there is joined; conflicts are refused and name the nodes', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  await site.api('addNode', { body: { name: 'listed', serial: 'SN-17' } })
  await site.api('addNode', { body: { name: 'other', macs: [mac] } })
  await t.rejects(site.api('adoptUnit', { body: unit() }), {
    code: 'identity-conflict',
    message: /listed.*other|other.*listed/,
  })
  await site.api('deleteNode', { params: { id: 'other' } })
  t.match(await site.api('adoptUnit', { body: unit({ profile: 'debian' }) }), {
    result: 'joined',
    node: { name: 'listed', macs: [mac], profile: 'debian', instance: { state: 'RUNNING' } },
  })
})

await t.test('what a person says of a node that is registered is done, and refused where it cannot be', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  await site.api('addBatch', { body: { name: 'till' } })
  await site.api('addNode', { body: { name: 'listed', serial: 'SN-17' } })
  const dry = await site.api('adoptUnit', { body: unit({ name: 'till-1', batch: 'till', dryRun: true }) })
  t.match(dry, { result: 'joined', node: { name: 'listed', batch: null } }, 'a dry run changes nothing')
  await t.rejects(site.api('adoptUnit', { body: unit({ profile: 'none' }) }), { code: 'invalid-input' })
  const body = unit({ name: 'till-1', batch: 'till', unit: file('ab'.repeat(32)) })
  t.match(await site.api('adoptUnit', { body }), {
    result: 'joined',
    node: { name: 'till-1', batch: 'till', profile: null, instance: { state: 'RUNNING' } },
  })
})

await t.test('a unit whose node is being installed, or is to be, is refused', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { name: 'busy', serial: 'SN-17' } })
  await (await bootAgent(site.open, { serial: 'SN-17', mac })).action()
  await t.rejects(site.api('adoptUnit', { body: unit({ uuid: undefined }) }), { code: 'wrong-state', message: /busy/ })
})

await t.test('the body is strict and bounded', async (t) => {
  const site = await openSite(t, await fresh(t))
  for (const body of [unit({ token: 'x' }), unit({ sshHostKeys: Array(17).fill('k') }), { hostName: 'x' }])
    await t.rejects(site.api('adoptUnit', { body }), { code: 'invalid-input' })
})
