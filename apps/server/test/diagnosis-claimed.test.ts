import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { openSite } from './support/site.ts'

const databases = await startDatabases(t)
const mac = '52:54:00:aa:00:02'

await t.test('each node that a quarantined machine could be says so, and not that its agent is there', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const one = await site.api('addNode', { body: { name: 'unit-1', serial: 'SN-1', macs: ['52:54:00:aa:00:01'] } })
  await site.api('addNode', { body: { name: 'unit-2', serial: 'SN-2', macs: [mac] } })
  const agent = await bootAgent(site.open, { serial: 'SN-1', mac })
  await agent.next()
  const reason = /: its identifiers name different nodes: serial SN-1 is unit-1's, MAC .* is unit-2's\.$/
  for (const query of [{ node: 'unit-1' }, { node: 'unit-2' }, { mac }, { serial: 'SN-1' }])
    t.match(await site.api('diagnosis', { query }), { symptom: 'claimed', verdict: 'waiting', summary: reason })

  await site.api('deleteNode', { params: { id: one.id } })
  await bootAgent(site.open, { serial: 'SN-2', mac })
  t.match(await site.api('diagnosis', { query: { mac } }), { symptom: 'waits-in-micro-os', node: { name: 'unit-2' } })
})
