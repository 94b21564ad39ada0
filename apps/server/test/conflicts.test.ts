import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, onboard } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// Promise: whoever waits in quarantine is listed beside the nodes that it could be, for as long as that is so.

const { fresh } = await startDatabases(t)
const [first, second, third] = ['52:54:00:aa:00:01', '52:54:00:aa:00:02', '52:54:00:aa:00:03']
const uuid = '11111111-2222-3333-4444-555555555555'
const reason = 'seen on the bench'

const undecided = async ({ api }: Site) => (await api('overview', {})).undecided

await t.test('one machine, two nodes: both are compared with it, and a merge ends it', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api } = site
  await addDefaultProfile(site.db)
  t.strictSame(await api('conflicts', {}), { items: [], more: 0 })
  await api('addNode', { body: { name: 'listed', serial: 'SN-O1', macs: [first], manufacturer: 'Dell Inc.' } })
  await api('addNode', { body: { name: 'found', serial: 'SN-01' } })
  const machine = { serial: 'SN-01', mac: first, manufacturer: 'Supermicro' }
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'quarantined' } })
  const { items } = await site.client(site.admin, site.keys.viewer)('conflicts', {})
  t.match(items, [
    {
      said: { serial: 'SN-01', macs: [first] },
      ignored: [],
      bootMac: first,
      reason: { code: 'identity-of-several' },
      candidates: [
        {
          node: { name: 'listed', registered: true },
          otherMaker: true,
          identifiers: [
            { kind: 'serial', value: 'SN-O1', same: false, provisional: false },
            { kind: 'mac', value: first, same: true },
          ],
        },
        { node: { name: 'found' }, otherMaker: false, identifiers: [{ kind: 'serial', value: 'SN-01', same: true }] },
      ],
    },
  ])
  t.equal(items.length, 1)
  t.strictSame(await undecided(site), { strangers: 0, conflicts: 1 })
  // The same machine, booted anew: it is one, whatever became of its former boot.
  const again = await bootAgent(site.open, machine)
  t.equal((await api('conflicts', {})).items.length, 1)
  await api('mergeNode', { params: { id: 'listed' }, body: { from: 'found', reason } })
  t.strictSame(await api('conflicts', {}), { items: [], more: 0 }, 'before its agent has asked again')
  await t.rejects(again.next(), { code: 'session-over' })
})

await t.test('two machines, one node; a dock; and a machine that says nothing of its own', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api } = site
  await addDefaultProfile(site.db)
  const one = await bootAgent(site.open, { serial: 'SN-1', uuid, mac: first })
  await one.action()
  await bootAgent(site.open, { serial: 'SN-1', uuid, mac: second })
  await api('addNode', { body: { name: 'docked', serial: 'SN-2', macs: [third] } })
  await bootAgent(site.open, { serial: 'SN-3', mac: third })
  await bootAgent(site.open, { serial: 'To be filled by O.E.M.', mac: '00:e0:4c:68:00:01' })
  const { items } = await api('conflicts', {})
  t.strictSame(
    new Map(items.map(({ reason, candidates }) => [reason.code, candidates.map(({ node }) => node.name)])),
    new Map([
      ['identity-missing', []],
      ['identity-contradicts', ['docked']],
      ['twin', [one.nodeName]],
    ]),
  )
  const nameless = items.find(({ candidates }) => candidates.length === 0)
  t.strictSame(nameless?.ignored, ['To be filled by O.E.M.', '00:e0:4c:68:00:01'])
  await api('splitNode', { params: { id: 'docked' }, body: { identifiers: { macs: [third] }, name: 'other', reason } })
  t.equal((await api('conflicts', {})).items.length, 2)
  await site.db.$executeRaw`update boot_session set seen_at = seen_at - interval '25 hours'`
  t.strictSame(await api('conflicts', {}), { items: [], more: 0 }, 'of one that is gone for a day nobody is told')
})

await t.test('one that is refused waits for no decision any more, and is told no when it boots again', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api } = site
  await addDefaultProfile(site.db)
  await api('addNode', { body: { name: 'board', serial: 'SN-1', uuid } })
  const machine = { serial: 'SN-1', uuid: uuid.replace('5555', '5556'), mac: first }
  await bootAgent(site.open, machine)
  const before = await api('conflicts', {})
  t.match(before.items, [{ refused: false, reason: { code: 'identity-contradicts' } }])
  t.match(await bootScript(site.open, machine), /^kernel /m)
  await api('addNode', { body: { name: 'refused', macs: [first], netbootPolicy: 'denied' } })
  t.match(await api('conflicts', {}), { items: [{ refused: true }] })
  t.strictSame(await undecided(site), { strangers: 0, conflicts: 0 })
  t.notMatch(await bootScript(site.open, machine), /^kernel /m)
  await api('deleteNode', { params: { id: 'refused' } })
  t.match(await bootScript(site.open, machine), /^kernel /m, 'until that is taken back')
})

await t.test('those that nobody registered count until they are adopted or refused', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api } = site
  await api('patchSite', { body: { unknownPolicy: 'hold' } })
  await bootAgent(site.open, { mac: first })
  await bootAgent(site.open, { serial: 'SN-2', mac: second })
  t.strictSame(await undecided(site), { strangers: 2, conflicts: 0 })
  const operator = site.client(site.admin, site.keys.operator)
  const refused = { select: { ids: [first] }, action: 'set' as const, set: { netbootPolicy: 'denied' as const } }
  t.match(await operator('bulkNodes', { body: refused }), { done: 1 })
  const script = await bootScript(site.open, { mac: first })
  t.notMatch(script, /^kernel /m, 'the next time it is told no')
  const set = { netbootPolicy: 'allowed' as const }
  await operator('bulkNodes', { body: { ...refused, set } })
  await fetchSite(await bootScript(site.open, { mac: first }))
  t.pass('and may come again when that is taken back')
})

await t.test('a machine whose firmware says no serial is given one as it is adopted', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api } = site
  await api('patchSite', { body: { unknownPolicy: 'hold' } })
  const script = await bootScript(site.open, { mac: first })
  await onboard({ mac: first }, await fetchSite(script))
  await api('addNode', { body: { name: 'other', serial: 'SN-9' } })
  const adopt = (body: Parameters<typeof api<'adoptNode'>>[1]['body']) =>
    api('adoptNode', { params: { id: first }, body })
  await t.rejects(adopt({ serial: 'To be filled by O.E.M.' }), {
    code: 'invalid-input',
    fields: [{ path: 'body.serial' }],
  })
  await t.rejects(adopt({ serial: 'sn-9' }), { code: 'already-exists' })
  await t.rejects(adopt({ serial: 'SN-1', batch: 'none' }), { code: 'invalid-input' })
  t.match(await api('getNode', { params: { id: first } }), { serial: null, registered: false }, 'all or nothing')
  t.match(await adopt({ serial: 'SN-1', name: 'line-1' }), { name: 'line-1', serial: 'SN-1', registered: true })
  t.match(await api('listAudit', { query: { filter: 'action = node.adopt' } }), {
    items: [{ after: { serial: 'SN-1', name: 'line-1', registered: true } }],
  })
  await bootAgent(site.open, { serial: 'SN-2', mac: second })
  await t.rejects(api('adoptNode', { params: { id: 'SN-2' }, body: { serial: 'SN-3' } }), {
    code: 'invalid-input',
    fields: [{ path: 'body.serial' }],
  })
  t.match(await api('adoptNode', { params: { id: 'SN-2' }, body: { serial: 'sn-2' } }), { serial: 'SN-2' })
})
