import t, { type Test } from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, finishRun } from './support/machine.ts'
import { addDefaultProfile, addProfile, openSite, rowCounts, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const dock = '52:54:00:dd:00:09'
const uuid = '11111111-2222-3333-4444-555555555555'
const params = { id: 'pos-17' }

/** pos-17 is registered by its serial; its agent came by a dock. */
async function docked(t: Test) {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await addProfile(site.db, 'kiosk')
  await site.api('addNode', { body: { name: 'pos-17', serial: 'SN-17', profile: 'kiosk' } })
  const machine = { serial: 'SN-17', uuid, mac: dock }
  return { site, machine, agent: await bootAgent(site.open, machine) }
}

/** Without its dock it has no MAC in common with before: it is the same machine once that one was not heard for long. */
const silent = ({ db }: Site) => db.$executeRaw`
  update boot_session set seen_at = seen_at - interval '10 minutes', onboarded_at = onboarded_at - interval '10 minutes'`

await t.test('what a machine adds by itself is kept at once, and names no other machine', async (t) => {
  const { site, machine } = await docked(t)
  t.match(await site.api('getNode', { params }), { uuid, macs: [dock], provisional: [dock, uuid] })
  t.match(await bootScript(site.open, machine), /pos-17: its run goes on/, 'the machine itself')
  t.match(await bootScript(site.open, { mac: dock }), /quarantined: its MAC 52:54:00:dd:00:09 is on record because/)
  t.match(await bootScript(site.open, { uuid }), /quarantined: its UUID/)
  t.match(
    await bootScript(site.open, { serial: 'SN-18', mac: dock }),
    /quarantined: .* on record, the machine says SN-18/,
  )
  const agent = await bootAgent(site.open, { mac: dock })
  t.match(await agent.next(), {
    reason: { slots: { why: { code: 'identity-provisional', slots: { node: 'pos-17' } } } },
  })
  t.match(await rowCounts(site), { node: 1, run: 1 })
  const { remedy } = await site.api('diagnosis', { query: { mac: dock } })
  t.equal(remedy[0], 'If it is another machine: ./eims nodes forget pos-17')
  await site.api('patchNode', { params, body: { netbootPolicy: 'denied' } })
  t.match(await bootScript(site.open, { mac: dock }), /pos-17 may not boot/, 'the gate knows it')
})

await t.test('it is undone in one step', async (t) => {
  const { site } = await docked(t)
  t.match(await site.api('forgetNode', { params }), { serial: 'SN-17', uuid: null, macs: [], provisional: [] })
  t.match(await site.api('forgetNode', { params }), { serial: 'SN-17' }, 'and again changes nothing')
  t.match(await bootScript(site.open, { mac: dock }), /installs profile debian/, 'it is a machine that nobody knows')
  const { items } = await site.api('listAudit', { query: { filter: 'action = node.forget' } })
  t.match(items, [
    {
      before: {
        identifiers: [
          { kind: 'mac', value: dock },
          { kind: 'uuid', value: uuid },
        ],
      },
    },
  ])
  await site.db.nodeIdentifier.updateMany({ data: { provisional: true } })
  await t.rejects(site.api('forgetNode', { params }), { code: 'wrong-state' }, 'never the last one')
})

await t.test('a run that ended well confirms what was said in it, and nothing else', async (t) => {
  const { site, machine, agent } = await docked(t)
  await site.api('cancelNode', { params })
  t.match(await site.api('getNode', { params }), { provisional: [dock, uuid] }, 'not one that did not')
  await site.api('retryNode', { params, body: { from: 'start' } })
  await silent(site)
  const again = await bootAgent(site.open, { ...machine, mac: '52:54:00:aa:00:01' })
  t.equal(again.nodeId, agent.nodeId)
  await finishRun(again)
  t.match(await site.api('getNode', { params }), { macs: [dock, '52:54:00:aa:00:01'], provisional: [dock] })
  t.match(await bootScript(site.open, { mac: '52:54:00:aa:00:01' }), /pos-17 is provisioned\nexit 1/)
  t.match(await bootScript(site.open, { mac: dock }), /quarantined/)
})

await t.test('so does a person who says it, too', async (t) => {
  const { site } = await docked(t)
  await site.api('patchNode', { params, body: { macs: [dock] } })
  t.match(await site.api('getNode', { params }), { macs: [dock], provisional: [uuid] })
  await importCsv(site, `Serial,UUID\nSN-17,${uuid}\n`)
  t.match(await site.api('getNode', { params }), { provisional: [] })
  await site.db.nodeIdentifier.updateMany({ where: { kind: 'uuid' }, data: { provisional: true } })
  await site.api('cancelNode', { params })
  await site.api('splitNode', { params, body: { name: 'board', identifiers: { uuid }, reason: 'another board' } })
  t.match(await site.api('getNode', { params: { id: 'board' } }), { uuid, provisional: [] })
})

await t.test('a machine that appeared by itself is registered by what it added, as well', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { nodeId } = await bootAgent(site.open, { serial: 'SN-1', mac: dock })
  await silent(site)
  await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' })
  const body = { name: 'found', macs: ['52:54:00:aa:00:01'] }
  t.match(await site.api('addNode', { body }), { id: nodeId, registered: true, provisional: [] })
})
