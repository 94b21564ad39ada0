import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite, rowCounts } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('a machine that nothing identifies waits, says why, and leaves a trace', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const mac = '00:e0:4c:68:00:01'
  const agent = await bootAgent(site.open, {
    serial: 'To be filled by O.E.M.',
    uuid: '03000200-0400-0500-0006-000700080009',
    mac,
  })
  t.match(agent, { nodeId: null, nodeName: 'quarantined' })
  const words = /serial, UUID and MACs of this machine are all placeholders/
  const why = { code: 'identity-missing' }
  const reason = { code: 'quarantined', slots: { why, candidates: [], closed: null }, text: words }
  t.match(await agent.next(), { kind: 'wait', reason })
  t.match(await agent.next(), { kind: 'wait', reason }, 'and goes on waiting')
  t.match(await rowCounts(site), { node: 0, run: 0 })
  t.match(await site.db.event.findMany({ where: { kind: 'identity.conflict' } }), [
    { mac, nodeId: null, message: words, data: { reason: why } },
  ])
})
