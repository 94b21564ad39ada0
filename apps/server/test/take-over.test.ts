import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addProfile, onlyWoken, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const params = { id: 'SN-1' }

await t.test('registering a machine that waits lets it go on at once', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), {
    kind: 'wait',
    reason: { code: 'unregistered', text: /register it \(eims nodes add\)/ },
  })
  onlyWoken(site)
  const polling = agent.next(30)
  const node = await site.api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'debian' } })
  t.match(node, { id: agent.nodeId, name: 'one', registered: true })
  t.match(await polling, { kind: 'action', index: 1 })
})

await t.test('a machine that waits is seen', async (t) => {
  const site = await openSite(t, await fresh(t))
  const agent = await bootAgent(site.open, machine)
  await site.db.$executeRaw`update node set last_seen_at = '2020-01-01'`
  await site.db.$executeRaw`update boot_session set seen_at = '2020-01-01'`
  await agent.next()
  t.ok(Date.parse((await site.api('getNode', { params })).lastSeenAt ?? '') > Date.parse('2021-01-01'))
  const [session] = await site.db.bootSession.findMany()
  t.ok((session?.seenAt?.getTime() ?? 0) > Date.parse('2021-01-01'))
})

await t.test('an instance that waited shows the profile that is installed', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'first')
  await addProfile(site.db, 'second')
  await site.api('addNode', { body: { serial: 'SN-1', profile: 'first' } })
  await site.api('provisionNode', { params })
  await site.api('patchNode', { params, body: { profile: 'second' } })
  const agent = await bootAgent(site.open, machine)
  await agent.action()
  t.match(await site.api('getNode', { params }), {
    instance: { profile: 'second' },
    status: { reason: { code: 'gets-profile', slots: { profile: 'second' } } },
  })
})

await t.test('also when its agent was there already', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'first', { architecture: 'arm64' })
  await addProfile(site.db, 'second')
  await site.api('addNode', { body: { serial: 'SN-1', profile: 'first' } })
  await site.api('provisionNode', { params })
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'other-architecture' } })
  await site.api('patchNode', { params, body: { profile: 'second' } })
  await agent.action()
  t.match(await site.api('getNode', { params }), {
    instance: { state: 'PROVISIONING', profile: 'second', status: { reason: { code: 'provisioning' } } },
    run: { state: 'RUNNING', actions: [{ state: 'RUNNING', attempts: 1 }] },
    status: { reason: { code: 'gets-profile', slots: { profile: 'second' } } },
  })
})
