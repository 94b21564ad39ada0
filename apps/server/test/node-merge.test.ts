import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, onboard } from './support/machine.ts'
import { addProfile, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-01', mac: '52:54:00:aa:00:01' }
const reason = 'typo in the list'

await t.test('a machine that was registered with a typo is merged where it stands, and goes on', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db)
  await site.api('addNode', { body: { name: 'pos-1', serial: 'SN-O1', profile: 'debian' } })
  const script = await bootScript(site.open, machine)
  const first = await onboard(machine, await fetchSite(script))
  const waiting = first.next(20).catch((error) => error)
  await site.api('mergeNode', { params: { id: 'pos-1' }, body: { from: 'SN-01', reason } })
  t.match(await waiting, { code: 'session-over' }, 'its agent is to introduce itself again')
  const again = await onboard(machine, await fetchSite(script), { key: first.key })
  t.equal(again.nodeName, 'pos-1')
  t.match(await again.next(), { kind: 'action' })
})

await t.test('two machines that were taken for one are told apart again', async (t) => {
  const site = await openSite(t, await fresh(t))
  const other = { serial: 'SN-02', mac: '52:54:00:aa:00:02' }
  await site.api('addNode', { body: { name: 'both', serial: 'SN-01', macs: [machine.mac, other.mac] } })
  const agent = await bootAgent(site.open, machine)
  t.equal(agent.nodeName, 'both')
  const script = await bootScript(site.open, other)
  t.match(script, /quarantined/)
  const second = await onboard(other, await fetchSite(script))
  t.match(await second.next(), {
    kind: 'wait',
    reason: { code: 'quarantined', slots: { why: { code: 'identity-contradicts' }, candidates: ['both'] } },
  })
  const identifiers = { macs: [other.mac] }
  const split = await site.api('splitNode', { params: { id: 'both' }, body: { identifiers, name: 'pos-2', reason } })
  t.match(split, { name: 'pos-2', macs: [other.mac], serial: null, registered: true })
  await t.rejects(second.next(), { code: 'session-over' })
  const found = await onboard(other, await fetchSite(script), { key: second.key })
  t.equal(found.nodeName, 'pos-2')
  t.match(await site.api('getNode', { params: { id: 'pos-2' } }), { serial: 'SN-02' })
  await t.rejects(agent.next(), { code: 'session-over' })
})
