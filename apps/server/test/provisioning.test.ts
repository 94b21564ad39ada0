import type { ImageFacts } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import { lockNode, setImageFacts, unreportedUnder } from '@eims/registry'
import t from 'tap'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, finishRun, goodReport, phoneHomeOf } from './support/machine.ts'
import { addDefaultProfile, addProfile, DIGEST, openSite, rowCounts, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }

/** A site with a default profile and one registered machine, provisioned to its last action. */
async function provisioned(site: Site, which = machine, profile = 'debian') {
  await site.api('addNode', { body: { serial: which.serial, profile } })
  const agent = await bootAgent(site.open, which)
  await finishRun(agent)
  const seed = await site.db.action.findFirstOrThrow({ where: { name: 'seed', run: { nodeId: String(agent.nodeId) } } })
  const { token, instanceId } = phoneHomeOf((seed.definition as { with: object }).with as { [key: string]: unknown })
  return { agent, instanceId, token, phone: site.client(site.open, token) }
}

const state = async (site: Site, id = machine.serial) => (await site.api('getNode', { params: { id } })).instance?.state

await t.test('a registered machine goes all the way to its running OS', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  t.match(await bootScript(site.open, machine), /installs profile debian/)

  const agent = await bootAgent(site.open, machine)
  t.equal(agent.nodeName, 'node-sn-1')
  const first = await agent.action()
  t.match(first, { index: 1, count: 6, attempt: 1, lastSeq: 0, action: { name: 'inventory' }, results: {} })
  t.strictSame(await agent.action(), first, 'asking again gives the same')
  t.equal(await state(site), 'PROVISIONING')
  await agent.end(first)
  const chosen = await agent.action()
  await agent.end(chosen, { result: { path: '/dev/vda' } })
  const writing = await agent.action()
  t.match(writing, { action: { name: 'write-image' }, results: { 'choose-disk': { path: '/dev/vda' } } })
  const log = [{ at: '2026-11-20T10:00:00.000Z', stream: 'agent', text: 'half\0way' }]
  await agent.end(writing, { state: 'RUNNING', progress: 0.5, log })
  t.match((await site.api('getNode', { params: { id: 'SN-1' } })).run?.actions[2], { progress: 0.5, state: 'RUNNING' })
  await agent.end(writing, { seq: 2, progress: 1 })
  t.strictSame(await finishRun(agent), ['seed', 'boot-order', 'reboot'])
  t.equal(await state(site), 'PROVISIONED')
  t.match(await agent.next(), { kind: 'done', state: 'SUCCEEDED' })
  t.match((await site.api('nodeLogs', { params: { id: 'SN-1' } })).items, [
    { action: 'write-image', text: 'half\uFFFDway' },
  ])
  t.match(await bootScript(site.open, machine), /^echo eims: node-sn-1 is provisioned\nexit 1$/m)

  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-1' } })
  const seen = events.map(({ kind }) => kind).filter((kind) => !kind.startsWith('action.'))
  t.strictSame(seen, [
    'node.registered',
    'boot.decision',
    'boot.site',
    'agent.onboarded',
    'run.created',
    'run.started',
    'run.ended',
    'instance.provisioned',
    'boot.decision',
  ])
})

await t.test('only a good report of the OS makes it RUNNING', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { phone, instanceId } = await provisioned(site)
  const awaited = (base = site.open) => unreportedUnder(site.db, [`${base}/agent/v1/phone-home`])
  t.strictSame(await awaited(), { count: 1, names: ['node-sn-1'] }, 'it is known where it will report')
  t.strictSame(await awaited('http://192.168.77.1:7480'), { count: 0, names: [] })
  t.strictSame(await phone('phoneHome', { body: goodReport(instanceId) }), { state: 'RUNNING' })
  t.strictSame(await awaited(), { count: 0, names: [] }, 'and that it has')
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), {
    status: { reason: { code: 'provisioned' }, indicator: 'IDLE' },
    instance: {
      state: 'RUNNING',
      status: { reason: { code: 'os-runs', slots: { os: 'Debian 12' } }, indicator: 'IDLE' },
      osVersion: 'Debian 12',
      bootId: 'boot-1',
      sshHostKeys: ['ssh-ed25519 AAAA'],
    },
  })
  const before = await rowCounts(site)
  t.strictSame(await phone('phoneHome', { body: goodReport(instanceId) }), { state: 'RUNNING' }, 'a lost reply')
  t.strictSame(await rowCounts(site), before, 'and nothing new is written')
  t.match(await bootScript(site.open, machine), /^echo eims: node-sn-1 runs its OS\nexit 1$/m)
  await sweepOnce(site.engine, 0)
  t.equal(await state(site), 'RUNNING')
})

await t.test('a bad report makes it FAILED with what cloud-init said', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { phone, instanceId } = await provisioned(site)
  const bad = { ...goodReport(instanceId), cloudInit: { status: 'error', errors: ['no such package: k3s'] } }
  t.strictSame(await phone('phoneHome', { body: bad }), { state: 'FAILED' })
  t.strictSame(await phone('phoneHome', { body: bad }), { state: 'FAILED' })
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), {
    status: { reason: { code: 'os-did-not-come-up' }, indicator: 'ERROR' },
    instance: {
      state: 'FAILED',
      status: {
        reason: {
          code: 'cloud-init-failed',
          slots: { status: 'error', errors: ['no such package: k3s'] },
          text: 'cloud-init ended as error: no such package: k3s',
        },
      },
    },
  })
  t.match(await bootScript(site.open, machine), /failed: cloud-init ended as error/)
})

await t.test('silence makes it FAILED, a late good report RUNNING after all', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { phone, instanceId } = await provisioned(site)
  await sweepOnce(site.engine, 0)
  t.equal(await state(site), 'PROVISIONED', 'its time is not up')
  await site.db.$executeRaw`update instance set phone_home_due_at = clock_timestamp() - interval '1 second'`
  await sweepOnce(site.engine, 0)
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), {
    status: { reason: { code: 'os-did-not-come-up' }, indicator: 'ERROR' },
    instance: { state: 'FAILED', status: { reason: { code: 'no-report-in-time' }, indicator: 'ERROR' } },
  })
  t.strictSame(await phone('phoneHome', { body: goodReport(instanceId) }), { state: 'RUNNING' })
})

await t.test('a node tells what is whole on its disk, whatever its profile has become meanwhile', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await addProfile(site.db, 'other')
  await site.api('addNode', { body: { serial: 'SN-1', profile: 'debian' } })
  const installed = async () => (await site.api('getNode', { params: { id: 'SN-1' } })).installed
  const agent = await bootAgent(site.open, machine)
  await agent.end(await agent.action())
  await agent.end(await agent.action(), { result: { path: '/dev/vda' } })
  const writing = await agent.action()
  t.equal(await installed(), null, 'half of an image is none')
  await site.api('patchNode', { params: { id: 'SN-1' }, body: { profile: 'other' } })
  const stored = await site.api('getProfile', { params: { id: 'debian' } })
  await site.db.profile.update({ where: { id: stored.id }, data: { name: 'renamed', version: '13' } })
  await agent.end(writing)
  const debian = { profile: 'debian', version: '', image: 'debian-image', manifestSha256: DIGEST }
  t.strictSame(await installed(), debian)
  await finishRun(agent)
  t.match((await site.api('listNodes', { query: {} })).items, [{ profile: 'other', installed: debian }])
  const exported = await fetch(new URL('/api/v1/export.csv', site.admin), {
    headers: { authorization: `Bearer ${site.keys.viewer}` },
  })
  t.match(await exported.text(), /^SN-1,,other,.*"debian, image debian-image",$/m)
  await site.api('reprovisionNode', { params: { id: 'SN-1' }, body: { reason: 'the other one' } })
  t.strictSame(await installed(), debian, 'until the new one begins to be written')
  const again = await bootAgent(site.open, machine)
  await again.end(await again.action())
  await again.end(await again.action(), { result: { path: '/dev/vda' } })
  await again.action()
  t.equal(await installed(), null)
})

await t.test('the plan brings what is known of the image', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const facts: ImageFacts = {
    table: 'gpt',
    sectorSize: 512,
    size: 4096,
    usedEnd: 4096,
    tail: 0,
    freeEntries: 1,
    hasSeedPartition: false,
    esp: { partition: 1, loaders: ['\\EFI\\BOOT\\BOOTX64.EFI'] },
    bios: { code: true, partition: 2 },
    faults: [],
  }
  await setImageFacts(site.db, (await site.api('getImage', { params: { id: 'debian-image' } })).id, facts)
  const { agent } = await provisioned(site)
  const rows = await site.db.action.findMany({ where: { run: { nodeId: String(agent.nodeId) } } })
  const given = (name: string) => (rows.find((row) => row.name === name)!.definition as { with: object }).with
  t.match(given('write-image'), { facts, seeded: true })
  t.match(given('boot-order'), { facts })
})

await t.test('a report that comes while silence is being judged counts', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { agent } = await provisioned(site)
  await site.db.$executeRaw`update instance set phone_home_due_at = clock_timestamp() - interval '1 second'`
  const sweeping = await site.engine.registry.transaction(async (tx) => {
    await lockNode(tx, String(agent.nodeId))
    const swept = sweepOnce(site.engine, 0)
    await waitingForLocks(site.db, 1)
    await tx.$executeRaw`update instance set state = 'RUNNING', phone_home_due_at = null`
    return { swept }
  })
  await sweeping.swept
  t.equal(await state(site), 'RUNNING')
})

await t.test('a phone-home token speaks for its own instance only', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const one = await provisioned(site)
  const other = await provisioned(site, { serial: 'SN-2', mac: '52:54:00:aa:00:02' })
  await t.rejects(other.phone('phoneHome', { body: goodReport(one.instanceId) }), { code: 'wrong-state' })
  await t.rejects(one.agent.call('phoneHome', { body: goodReport(one.instanceId) }), { code: 'unauthenticated' })
  await t.rejects(site.client(site.open)('phoneHome', { body: goodReport(one.instanceId) }), {
    code: 'unauthenticated',
  })
  await t.rejects(site.client(site.open, one.token)('next', { body: {} }), { code: 'session-over' })
  await t.rejects(site.client(site.admin, one.token)('getSite', {}), { code: 'unauthenticated' })
  t.equal(await state(site), 'PROVISIONED')

  await site.api('reprovisionNode', { params: { id: 'SN-1' }, body: { reason: 'wrong image' } })
  await t.rejects(one.phone('phoneHome', { body: goodReport(one.instanceId) }), { code: 'wrong-state' }, 'replaced')
  t.equal(await state(site), 'PENDING')
  t.strictSame(await other.phone('phoneHome', { body: goodReport(other.instanceId) }), { state: 'RUNNING' })
})

await t.test('a unit that is sealed waits for no report', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db, 'debian', { finish: 'hold' })
  await provisioned(site)
  const { instance } = await site.api('getNode', { params: { id: 'SN-1' } })
  t.match(instance, { state: 'PROVISIONED', status: { reason: { code: 'written-and-sealed' }, indicator: 'IDLE' } })
  t.equal((await site.db.instance.findFirst())?.phoneHomeDueAt, null)
  t.equal((await unreportedUnder(site.db, [site.open])).count, 0)
})
