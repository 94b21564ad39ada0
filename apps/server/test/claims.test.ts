import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, onboard } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

// Promise: where boards share serial and UUID, a person's word says which of them is the node, or that none is known by them.

const { fresh } = await startDatabases(t)
const board = { serial: 'SN-1', uuid: '11111111-2222-3333-4444-555555555555' }
const [first, second] = ['52:54:00:aa:00:01', '52:54:00:aa:00:02']
const params = { id: 'SN-1' }
const reason = 'the one on the left'

/** Two boards, the first one with an action under way, the second one waiting. */
async function two(t: Parameters<typeof openSite>[0]) {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const one = await bootAgent(site.open, { ...board, mac: first })
  await one.action()
  const machine = { ...board, mac: second }
  const parameters = await fetchSite(await bootScript(site.open, machine))
  const other = await onboard(machine, parameters)
  /** as its agent does when its session is over */
  const introduced = () => onboard(machine, parameters, { key: other.key })
  return { site, one, other, introduced }
}

await t.test('the machine that a person names gets the node, the other one waits', async (t) => {
  const { site, one, other, introduced } = await two(t)
  const claim = site.api('claimNode', { params, body: { mac: second, reason } })
  await t.rejects(
    claim,
    { code: 'wrong-state' },
    'not while the other one is at work: its disk choice would be taken over',
  )
  await site.api('cancelNode', { params })
  await site.api('claimNode', { params, body: { mac: second, reason } })
  const how = { kind: 'wait', reason: { slots: { why: { slots: { how: 'claimed', others: [second] } } } } }
  t.match(await one.next(), how, 'also the one that had it')
  await t.rejects(other.next(), { code: 'session-over' })
  const again = await introduced()
  t.equal(again.nodeId, one.nodeId)
  await site.api('retryNode', { params, body: { from: 'start' } })
  t.match(await again.action(), { attempt: 2 })
  t.match(await site.api('getNode', { params }), { claimedMac: second, macs: [first, second] })
  const [entry] = (await site.api('listAudit', { query: { filter: 'action = node.claim' } })).items
  t.match(entry, { reason, before: { claimedMac: null }, after: { claimedMac: second } })

  await site.db.$executeRaw`update boot_session set seen_at = '2020-01-01', onboarded_at = '2020-01-01'`
  const back = await bootAgent(site.open, { ...board, mac: first })
  t.match(await back.next(), how, 'however silent the node’s own machine is')
  await site.api('claimNode', { params, body: { mac: null, reason } })
  await t.rejects(back.next(), { code: 'session-over' })
})

await t.test('the MAC of the machine that is at work may be named, and no other node’s or a placeholder', async (t) => {
  const { site, one, other } = await two(t)
  await site.api('claimNode', { params, body: { mac: first, reason } })
  t.match(await one.next(), { kind: 'action', attempt: 1 })
  t.match(await other.next(), { reason: { slots: { why: { slots: { how: 'claimed' } } } } })
  await site.api('addNode', { body: { name: 'two', macs: ['52:54:00:aa:00:09'] } })
  for (const [mac, code] of [
    ['52:54:00:aa:00:09', 'already-exists'],
    ['00:e0:4c:68:00:01', 'invalid-input'],
  ] as const)
    await t.rejects(site.api('claimNode', { params, body: { mac, reason } }), { code })
})

await t.test('a shared serial and UUID identify none: each board is known by its MACs', async (t) => {
  const { site, one, other, introduced } = await two(t)
  await site.api('patchSite', {
    body: {
      sharedIdentifiers: [
        ' sn-1 ',
        '44332211-2222-3333-4444-555555555555'.replace('44332211', '11111111').toUpperCase(),
      ],
    },
  })
  t.match(await one.next(), { kind: 'action', attempt: 1 }, 'the first one is not disturbed')
  await t.rejects(other.next(), { code: 'session-over' })
  const again = await introduced()
  t.not(again.nodeId, one.nodeId)
  t.match(await again.action(), { attempt: 1 })
  t.match(await site.api('getNode', { params: { id: second } }), { serial: null, uuid: null, macs: [second] })
  const booted = await bootAgent(site.open, { ...board, mac: first })
  t.equal(booted.nodeId, one.nodeId)
  for (const body of [{ serial: 'SN-1' }, { macs: ['52:54:00:aa:00:08'], uuid: board.uuid }])
    await t.rejects(site.api('addNode', { body }), { code: 'invalid-input', message: /shared identifiers/ })
  await t.rejects(site.api('patchNode', { params: { id: second }, body: { serial: 'SN-1' } }), {
    code: 'invalid-input',
  })

  const response = await fetch(`${site.admin}/api/v1/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.keys.admin}`, 'content-type': 'text/csv' },
    body: 'Serial\nSN-1\nSN-2\n',
  })
  t.match(await response.text(), /shared identifiers/)
  const nameless = await bootAgent(site.open, { ...board, mac: '00:e0:4c:68:00:01' })
  t.match(await nameless.next(), { reason: { slots: { why: { code: 'identity-missing' } } } })
})
