import { ProfileInput } from '@eims/contracts'
import { createImage, createProfile, finishImage, getSite } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, disk, fetchSite, inventory, newAgentKey, onboard } from './support/machine.ts'
import { addDefaultProfile, addProfile, DIGEST, onlyWoken, openSite, rowCounts } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const params = { id: 'SN-1' }

await t.test('a machine without a profile waits, and gets its action when a default is set', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  const reason = {
    code: 'unregistered',
    slots: { policy: null },
    text: /^nobody registered this machine, and the site has no default profile/,
  }
  t.match(await agent.next(), { kind: 'wait', reason })
  t.match(await site.api('getNode', { params }), {
    registered: false,
    hold: null,
    waiting: reason,
    status: { reason: { code: 'onboarded' } },
  })
  onlyWoken(site)
  const polling = agent.next(30)
  await site.api('patchSite', { body: { defaultProfile: 'debian' } })
  t.match(await polling, { kind: 'action', index: 1 }, 'without asking anew')
  t.match(await site.api('getNode', { params }), {
    waiting: null,
    status: { reason: { code: 'gets-profile', slots: { profile: 'debian' } } },
    instance: { state: 'PROVISIONING', status: { reason: { code: 'provisioning' } } },
  })
})

await t.test('a registered machine without a profile gets its own', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), {
    kind: 'wait',
    reason: { code: 'no-profile', slots: { node: 'node-sn-1' } },
  })
  onlyWoken(site)
  const polling = agent.next(30)
  await site.api('patchNode', { params, body: { profile: 'debian' } })
  t.match(await polling, { kind: 'action' })
})

await t.test('a long poll sees what another server of the fleet changed', async (t) => {
  const site = await openSite(t, await fresh(t))
  const agent = await bootAgent(site.open, machine)
  const polling = agent.next(30)
  await addDefaultProfile(site.db)
  t.match(await polling, { kind: 'action' }, 'nobody wakes it')
})

await t.test('a machine waits for its image', async (t) => {
  const site = await openSite(t, await fresh(t))
  const image = await createImage(site.db, { name: 'new', architecture: 'x86_64', format: 'raw' })
  await createProfile(site.db, (await getSite(site.db)).id, ProfileInput.parse({ name: 'debian', image: 'new' }))
  await site.api('addNode', { body: { serial: 'SN-1', profile: 'debian' } })
  t.match(await bootScript(site.open, machine), /image new of profile debian is still being converted/)
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), {
    kind: 'wait',
    reason: { code: 'image-converting', slots: { image: 'new', profile: 'debian' } },
  })
  await finishImage(site.db, image.id, {
    sourceSha256: DIGEST,
    rawSha256: DIGEST,
    manifestSha256: DIGEST,
    rawSize: 4096,
    frameCount: 1,
    storedSize: 100,
  })
  t.match(await agent.next(), { kind: 'action' })
})

await t.test('a machine of another architecture gets nothing', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db, 'arm', { architecture: 'arm64' })
  t.match(await bootScript(site.open, machine), /profile arm is for arm64, this machine is x86_64/)
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), {
    kind: 'wait',
    reason: { code: 'other-architecture', slots: { profile: 'arm', wanted: 'arm64', has: 'x86_64' } },
  })
  t.match(await rowCounts(site), { instance: 0, run: 0 })
})

await t.test('what happens to machines nobody registered is the site’s policy', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('patchSite', { body: { unknownPolicy: 'refuse' } })
  t.match(await bootScript(site.open, machine), /the site says refuse; .*\nsleep 10 \|\|\nexit 1/)
  t.match(await rowCounts(site), { boot_session: 0 })
  await site.api('patchSite', { body: { unknownPolicy: 'hold' } })
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'unregistered', slots: { policy: 'hold' } } })
  await site.api('patchSite', { body: { unknownPolicy: 'default-profile' } })
  t.match(await agent.next(), { kind: 'action' })
})

await t.test('the disk of a machine nobody registered is written only when it is blank', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const found = inventory({ disks: [disk('ext4')] })
  const agent = await bootAgent(site.open, machine, { found })
  const reason = { code: 'disk-not-blank', slots: { disk: '/dev/vda', found: 'ext4' } }
  t.match(await agent.next(), { kind: 'wait', reason })
  t.match(await rowCounts(site), { instance: 0, run: 0 })
  await site.api('patchSite', { body: { overwriteUnregistered: true } })
  t.match(await agent.next(), { kind: 'action' })
})

await t.test('a machine that is marked as untrusted stays so, whatever its agent says', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const parameters = await fetchSite(await bootScript(site.open, machine))
  await site.api('addNode', { body: { serial: 'SN-1' } })
  await site.db.$executeRaw`update node set state = 'UNTRUSTED'`
  const agent = await onboard(machine, parameters)
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'untrusted', slots: { node: 'node-sn-1' } } })
  t.match(await site.api('getNode', { params }), { state: 'UNTRUSTED', run: null })
  t.match(await bootScript(site.open, machine), /sn-1 is marked as untrusted\nsleep 10/)
})

await t.test('a machine whose identifiers contradict waits until the registry is mended', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1' } })
  await site.api('addNode', { body: { name: 'two', macs: [machine.mac] } })
  t.match(await bootScript(site.open, machine), /quarantined:[\s\S]*^kernel /m)
  const parameters = await fetchSite(await bootScript(site.open, machine))
  const key = newAgentKey()
  const agent = await onboard(machine, parameters, { key })
  t.match(agent, { nodeId: null, nodeName: 'quarantined' })
  t.match(await agent.next(), {
    kind: 'wait',
    reason: {
      code: 'quarantined',
      slots: { why: { code: 'identity-of-several' }, candidates: ['one', 'two'], closed: null },
      text: /^quarantined: .*different nodes.*\(candidates: one, two\)$/,
    },
  })
  await t.rejects(
    agent.call('report', { body: { runId: 'x', actionId: 'inventory', attempt: 1, seq: 1, state: 'RUNNING' } }),
    { code: 'stale-report' },
  )
  t.match(await rowCounts(site), { node: 2, node_identifier: 2, instance: 0, run: 0 })
  for (const id of ['one', 'two']) {
    const { events } = await site.api('nodeTimeline', { params: { id } })
    t.match(
      events.filter(({ kind }) => kind === 'identity.conflict'),
      [{ data: { reason: { code: 'identity-of-several' }, candidates: ['one', 'two'] } }],
    )
  }

  const polling = agent.next(20)
  await site.api('deleteNode', { params: { id: 'two' } })
  await t.rejects(polling, { code: 'session-over' }, 'it is told to introduce itself again')
  const again = await onboard(machine, parameters, { key })
  t.match(again, { nodeName: 'one' })
  t.match(await again.next(), { kind: 'action', index: 1 })
  t.match(await site.api('getNode', { params: { id: 'one' } }), { state: 'ONBOARDED', macs: [machine.mac] })
  const { events } = await site.api('nodeTimeline', { params: { id: 'one' } })
  t.equal(events.filter(({ kind }) => kind === 'agent.onboarded').length, 1)
})
