import type { CallInput, Inventory, MediumReport } from '@eims/contracts'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript } from './support/machine.ts'
import { addDefaultProfile, DIGEST, openSite, rowCounts } from './support/site.ts'

// A machine that was installed from a medium becomes a node, and nothing is claimed of its OS that nobody saw.

const { fresh } = await startDatabases(t)
const site = await openSite(t, await fresh(t))
await addDefaultProfile(site.db)
const macOf = (number: number) => `52:54:00:aa:00:${number}`
type Body = CallInput<'adoptUnit'>['body']

const inventory: Inventory = {
  architecture: 'x86_64',
  firmware: 'uefi',
  secureBoot: null,
  cpuModel: 'a CPU',
  cpuCount: 4,
  memory: 8 * 2 ** 30,
  biosVendor: null,
  biosVersion: null,
  disks: [],
  nics: [],
  missingFirmware: [],
}
const report = (number: number, more: Partial<MediumReport> = {}): MediumReport => ({
  state: 'INSTALLED',
  reason: null,
  name: `pos-${number}`,
  profile: 'debian',
  image: { name: 'debian-image', manifestSha256: DIGEST },
  disk: { path: '/dev/sda', serial: 'D-1', size: 10 ** 9 },
  instanceId: `11111111-2222-3333-4444-5555555555${number}`,
  begunAt: '2026-07-01T10:00:00.000Z',
  at: '2026-07-01T10:05:00.000Z',
  agent: '0.9.0',
  medium: 'cd'.repeat(32),
  customization: 'ef'.repeat(32),
  config: '12'.repeat(32),
  ...more,
})
const body = (number: number, more: Partial<MediumReport> = {}, of: object = {}): Body => ({
  serial: `SN-${number}`,
  uuid: `11111111-2222-3333-4444-5555555500${number}`,
  macs: [macOf(number)],
  manufacturer: 'ACME',
  product: 'Box',
  inventory,
  installation: report(number, more),
  ...of,
})
const later = { begunAt: '2026-07-02T10:00:00.000Z', at: '2026-07-02T10:05:00.000Z' }

await t.test(
  'installed and not seen: PROVISIONED, with all that the medium says; once more changes nothing',
  async (t) => {
    const dry = await site.api('adoptUnit', { body: { ...body(17), dryRun: true } })
    t.match(dry, { node: null, result: 'new', digest: 'equal' })
    t.strictSame((await site.api('listNodes', {})).items, [], 'a dry run registers nothing')
    const { node, ...told } = await site.api('adoptUnit', { body: body(17) })
    t.match(told, { result: 'new', digest: 'equal', image: { name: 'debian-image', published: DIGEST } })
    t.match(node, {
      name: 'pos-17',
      serial: 'SN-17',
      macs: [macOf(17)],
      registered: true,
      manufacturer: 'ACME',
      profile: 'debian',
      waiting: null,
      run: null,
      lastSeenAt: null,
      instance: { state: 'PROVISIONED', osVersion: null, status: { reason: { code: 'medium-installed' } } },
      installed: { profile: 'debian', version: '', image: 'debian-image', manifestSha256: DIGEST },
    })
    const detail = await site.api('getNode', { params: { id: 'pos-17' } })
    const { customization, config, ...plain } = report(17)
    t.match(detail, { inventory: { cpuCount: 4 }, medium: plain })
    t.ok(
      detail.medium?.config && detail.medium.config !== config,
      'a digest by which a password could be guessed stays here',
    )
    t.ok(detail.medium?.customization && detail.medium.customization !== customization)
    const { events, stages } = await site.api('nodeTimeline', { params: { id: 'pos-17' } })
    t.match(events.at(-1), { kind: 'instance.provisioned', message: 'installed from a medium, not yet seen running' })
    t.strictSame(stages, [], 'nobody knows of a first boot')

    const before = await rowCounts(site)
    t.match(await site.api('adoptUnit', { body: body(17) }), { result: 'known', node: { id: node!.id } })
    t.strictSame(await rowCounts(site), before)
    t.match(await bootScript(site.open, { serial: 'SN-17', mac: macOf(17) }), /sanboot|exit|local/, 'its disk is kept')
    await t.rejects(site.api('provisionNode', { params: { id: 'pos-17' } }), { code: 'wrong-state' })
  },
)

await t.test('seen running later by its own word; what the medium said stays with it', async (t) => {
  const unit = (number: number) => ({
    format: 1 as const,
    name: `pos-${number}`,
    serial: `SN-${number}`,
    uuid: null,
    macs: [macOf(number)],
    profile: 'debian',
    image: report(number).image,
    installedAt: report(number).begunAt!,
    instanceId: report(number).instanceId,
  })
  const runs = (number: number) => ({
    serial: `SN-${number}`,
    macs: [macOf(number)],
    osVersion: 'Debian 13',
    machineId: `ab${number}`.repeat(8),
    unit: unit(number),
  })
  const medium = { state: 'INSTALLED', medium: 'cd'.repeat(32) }
  await site.api('adoptUnit', { body: body(18) })
  t.match(await site.api('adoptUnit', { body: runs(18) }), {
    result: 'joined',
    node: { instance: { state: 'RUNNING' } },
  })
  t.match(await site.api('adoptUnit', { body: body(18) }), {
    result: 'known',
    node: { instance: { state: 'RUNNING' } },
  })
  t.match(await site.api('getNode', { params: { id: 'pos-18' } }), { medium })
  // installed once more since: that OS was not seen
  t.match(await site.api('adoptUnit', { body: body(18, later) }), {
    result: 'joined',
    node: { instance: { state: 'PROVISIONED', osVersion: null } },
  })
  t.match(await site.api('adoptUnit', { body: body(18) }), {
    result: 'known',
    node: { instance: { state: 'PROVISIONED' } },
  })
  t.match(await site.api('adoptUnit', { body: body(18, { begunAt: null, at: '2026-06-01T10:00:00.000Z' }) }), {
    result: 'older',
  })

  // the other way around: asked first, collected then
  await site.api('adoptUnit', { body: runs(19) })
  t.match(await site.api('adoptUnit', { body: body(19) }), {
    result: 'joined',
    node: { instance: { state: 'RUNNING' } },
  })
  t.match(await site.api('getNode', { params: { id: 'pos-19' } }), { medium, installed: { image: 'debian-image' } })
  const { events } = await site.api('nodeTimeline', { params: { id: 'pos-19' } })
  t.match(events.at(-1), {
    kind: 'node.changed',
    message: /What a medium tells of its installation was taken in by admin/,
  })
  t.match(await site.api('adoptUnit', { body: body(19) }), { result: 'known' })
})

await t.test('failed, or without an end: FAILED with the reason, and nothing is installed by itself', async (t) => {
  const begun = { state: 'BEGUN' as const, disk: null, at: '2026-07-01T10:00:01.000Z' }
  t.match(await site.api('adoptUnit', { body: body(20, begun) }), {
    result: 'new',
    node: { installed: null, instance: { state: 'FAILED', status: { reason: { code: 'medium-unfinished' } } } },
  })
  t.match(await bootScript(site.open, { serial: 'SN-20', mac: macOf(20) }), /nobody knows how it ended/)
  await bootAgent(site.open, { serial: 'SN-20', mac: macOf(20) })
  t.match(await site.api('getNode', { params: { id: 'pos-20' } }), { run: null, instance: { state: 'FAILED' } })
  t.match(await site.api('adoptUnit', { body: body(20, { state: 'FAILED', reason: 'the disk broke' }) }), {
    result: 'joined',
    node: { installed: null, instance: { state: 'FAILED', status: { reason: { text: 'the disk broke' } } } },
  })
  t.match(await site.api('adoptUnit', { body: body(20, begun) }), { result: 'known' }, 'an older copy of the stick')
  await site.api('adoptUnit', { body: body(20, later) })
  const untouched = {
    state: 'FAILED' as const,
    disk: null,
    reason: 'not blank',
    begunAt: null,
    at: '2026-07-03T10:00:00.000Z',
  }
  t.match(await site.api('adoptUnit', { body: body(20, untouched) }), {
    result: 'untouched',
    node: { instance: { state: 'PROVISIONED' } },
  })
  const again = { params: { id: 'pos-20' }, body: { reason: 'for the new till' } }
  t.match(await site.api('reprovisionNode', again), {
    instance: { state: 'PENDING' },
    installed: { image: 'debian-image' },
  })
  t.match(await site.api('adoptUnit', { body: body(20, later) }), {
    result: 'known',
    node: { instance: { state: 'PENDING' } },
  })
  const failed = body(23, { state: 'FAILED', reason: 'the disk broke' })
  t.match(await site.api('adoptUnit', { body: failed }), { node: { instance: { state: 'FAILED' } } })
  t.match(await site.api('reprovisionNode', { ...again, params: { id: 'pos-23' } }), { instance: { state: 'PENDING' } })
})

await t.test(
  'what this server is to install, or installed itself, stays as it is; a conflict is refused',
  async (t) => {
    const { id: listed } = await site.api('addNode', { body: { name: 'listed', serial: 'SN-21' } })
    await site.api('addNode', { body: { name: 'other', macs: [macOf(21)] } })
    await t.rejects(site.api('adoptUnit', { body: body(21) }), {
      code: 'identity-conflict',
      message: /listed.*other|other.*listed/,
    })
    await site.api('deleteNode', { params: { id: 'other' } })
    await (await bootAgent(site.open, { serial: 'SN-21', mac: macOf(21) })).action()
    const one = body(21, {}, { uuid: undefined })
    await t.rejects(site.api('adoptUnit', { body: one }), {
      code: 'wrong-state',
      message: /listed is this unit, and is to be/,
    })
    await site.db.$executeRaw`update run set state = 'FAILED' where node_id = ${listed}`
    await site.db.$executeRaw`update instance set state = 'RUNNING' where node_id = ${listed}`
    await t.rejects(site.api('adoptUnit', { body: one }), { code: 'wrong-state', message: /--from-unit/ })
    t.match(await site.api('getNode', { params: { id: 'listed' } }), { instance: { state: 'RUNNING' }, medium: null })
  },
)

await t.test('the body tells of an OS that runs, or of one that nobody saw', async (t) => {
  for (const wrong of [
    body(22, {}, { osVersion: 'Debian 13' }),
    body(22, {}, { sshHostKeys: ['ssh-ed25519 AAAA'] }),
    { serial: 'SN-1', inventory },
    body(22, { state: 'RUNNING' as 'INSTALLED' }),
    body(22, { reason: 'x'.repeat(2001) }),
  ])
    await t.rejects(site.api('adoptUnit', { body: wrong }), { code: 'invalid-input' })
  await t.rejects(site.api('getNode', { params: { id: 'pos-22' } }), { code: 'not-found' })
})
