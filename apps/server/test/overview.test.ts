import { Standing, standingFilter, standingOf } from '@eims/contracts'
import { expectedEnd } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

// One promise: each machine is counted once, where a list by that standing's filter has it.

const { fresh } = await startDatabases(t)

await t.test('a machine of each standing', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { api } = site
  const states = { a: 'RUNNING', b: 'PROVISIONED', c: 'PROVISIONING', d: 'FAILED' }
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await api('addNode', { body: { name, serial: `SN-${name}` } })
  for (const [name, state] of Object.entries(states)) {
    await (await bootAgent(site.open, { serial: `SN-${name}` })).action()
    await site.db.$executeRaw`
      update instance set state = ${state} where node_id = (select id from node where name = ${name}) and ended_at is null`
  }
  await api('holdNode', { params: { id: 'f' }, body: { reason: 'waits for a part' } })
  await api('patchSite', { body: { unknownPolicy: 'hold' } })
  await bootAgent(site.open, { serial: 'SN-stranger' })
  await site.db.$executeRaw`
    update run set state = 'SUCCEEDED', ended_at = clock_timestamp() where node_id = (select id from node where name = 'a')`
  await site.db.$executeRaw`
    update run set state = 'FAILED', ended_at = clock_timestamp() - interval '3 hours'
     where node_id = (select id from node where name = 'd')`
  const all = await api('overview', {})
  t.strictSame(all.standing, { running: 1, written: 1, working: 1, failed: 1, waiting: 2, held: 1, unknown: 1 })
  t.equal(all.total, 8)
  for (const standing of Standing.options) {
    const { total, items } = await api('listNodes', { query: { filter: standingFilter[standing] } })
    t.equal(total, all.standing[standing], standing)
    t.ok(
      items.every((node) => standingOf(node) === standing),
      standing,
    )
  }
  t.equal(all.throughput.length, 24)
  const sums = all.throughput.reduce((sum, each) => [sum[0]! + each.succeeded, sum[1]! + each.failed], [0, 0])
  t.strictSame(sums, [1, 1])
  t.match(all, { lastHour: 1, left: 1, expectedEnd: String, actions: Object, images: { converting: [], failed: 0 } })
  t.match(all.server, { name: 'bench', interfaces: [{ interface: 'lo', away: null }], disks: [{ disk: 'data' }, {}] })
  await api('addNode', { body: { name: 'h', serial: 'SN-h' } })
  t.equal((await api('overview', {})).total, 8, 'whoever asks again at once is told the same')
})

await t.test('the expected end', (t) => {
  const at = new Date('2026-11-20T10:00:00Z')
  t.equal(expectedEnd(at, 0, 5), null)
  t.equal(expectedEnd(at, 5, 0), null)
  t.equal(expectedEnd(at, 10, 20), '2026-11-20T10:30:00.000Z')
  t.equal(expectedEnd(at, 1e9, 1), null)
  t.end()
})
