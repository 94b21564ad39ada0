import { ProblemError } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import { lockIdentity, normaliseIdentity } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, newAgentKey, onboard } from './support/machine.ts'
import { addDefaultProfile, openSite, rowCounts } from './support/site.ts'

const { fresh } = await startDatabases(t)
const fifty = Array.from({ length: 50 }, (_, index) => index)

/** How many of each outcome. */
async function outcomes(calls: Promise<{ kind: string }>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const result of await Promise.allSettled(calls)) {
    const word =
      result.status === 'fulfilled'
        ? result.value.kind
        : result.reason instanceof ProblemError
          ? result.reason.code
          : String(result.reason)
    counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}

await t.test('fifty boots of one serial that onboard at once are one node, one run and one lease', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const machine = { serial: 'SN-50', mac: '52:54:00:aa:00:50' }
  const booted = await Promise.all(fifty.map(async () => fetchSite(await bootScript(site.open, machine))))
  t.equal(new Set(booted.map(({ bootToken }) => bootToken)).size, 50, 'each boot has a token of its own')

  const agents = await Promise.all(booted.map((parameters) => onboard(machine, parameters)))
  t.equal(new Set(agents.map(({ nodeId }) => nodeId)).size, 1)
  t.match(await rowCounts(site), { node: 1, node_identifier: 2, instance: 1, run: 1, boot_session: 50 })

  const calls = agents.map((agent) => agent.next())
  t.strictSame(await outcomes(calls), { action: 1, 'session-over': 49 }, 'the newest boot works, the older are over')
  t.equal(await site.db.attempt.count(), 1)

  const reports = agents.map(async (agent) => {
    const runs = await site.db.run.findMany()
    const told = { actionId: 'inventory', attempt: 1, seq: 1, state: 'RUNNING' } as const
    await agent.call('report', { body: { runId: runs[0]?.id ?? '', ...told } })
    return { kind: 'accepted' }
  })
  t.strictSame(await outcomes(reports), { accepted: 1, 'session-over': 49 })
})

await t.test(
  'of fifty boards with one serial that onboard at once one gets the node, with its own MAC alone',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    await addDefaultProfile(site.db)
    const macs = fifty.map((index) => `52:54:00:bb:00:${(0x10 + index).toString(16)}`)
    const booted = await Promise.all(
      macs.map(async (mac) => {
        const machine = { serial: 'SN-55', mac }
        return { machine, parameters: await fetchSite(await bootScript(site.open, machine)) }
      }),
    )
    const agents = await Promise.all(booted.map(({ machine, parameters }) => onboard(machine, parameters)))
    t.equal(agents.filter(({ nodeId }) => nodeId !== null).length, 1)
    t.match(await rowCounts(site), { node: 1, node_identifier: 2, instance: 1, run: 1 })
    const node = await site.api('getNode', { params: { id: 'SN-55' } })
    t.strictSame(node.macs, [macs[agents.findIndex(({ nodeId }) => nodeId === node.id)]])
    t.strictSame(await outcomes(agents.map((agent) => agent.next())), { action: 1, wait: 49 })
  },
)

await t.test('fifty repetitions of one onboarding are one session', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const machine = { serial: 'SN-51', mac: '52:54:00:aa:00:51' }
  const parameters = await fetchSite(await bootScript(site.open, machine))
  const key = newAgentKey()
  const agents = await Promise.all(fifty.map(() => onboard(machine, parameters, { key })))
  t.equal(new Set(agents.map(({ session }) => session)).size, 1)
  t.match(await rowCounts(site), { node: 1, instance: 1, run: 1, boot_session: 1 })
  t.equal(await site.db.event.count({ where: { kind: 'agent.onboarded' } }), 1)
  const [first] = agents
  const asked = await Promise.all(agents.map((agent) => agent.action()))
  t.strictSame(new Set(asked.map(({ attempt }) => attempt)), new Set([1]), 'and all get the same attempt')
  t.equal(await site.db.attempt.count(), 1)

  const other = onboard(machine, parameters, { key: newAgentKey() })
  await t.rejects(other, { code: 'double-agent' })
  t.match(await first?.action(), { attempt: 1 }, 'the first agent is not disturbed')
  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-51' } })
  t.equal(events.filter(({ kind }) => kind === 'agent.double').length, 1)
})

await t.test('of two agents with one boot token, one wins', async (t) => {
  const site = await openSite(t, await fresh(t))
  const machine = { serial: 'SN-52' }
  const parameters = await fetchSite(await bootScript(site.open, machine))
  const calls = fifty.map(async () => onboard(machine, parameters).then(() => ({ kind: 'onboarded' })))
  t.strictSame(await outcomes(calls), { onboarded: 1, 'double-agent': 49 })
  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-52' } })
  const doubles = events.filter(({ kind }) => kind === 'agent.double')
  t.equal(
    doubles.reduce((sum, { count }) => sum + count, 0),
    49,
    'each is told, and all together take little room',
  )
  t.match(await rowCounts(site), { node: 1, boot_session: 1 })
})

await t.test('an older boot that repeats its onboarding does not come back to life', async (t) => {
  const site = await openSite(t, await fresh(t))
  const machine = { serial: 'SN-54', mac: '52:54:00:aa:00:54' }
  const parameters = await fetchSite(await bootScript(site.open, machine))
  const key = newAgentKey()
  await onboard(machine, parameters, { key })
  const fresher = await fetchSite(await bootScript(site.open, machine))
  const { older, newer } = await site.engine.registry.transaction(async (tx) => {
    await lockIdentity(tx, normaliseIdentity({ serial: machine.serial, macs: [machine.mac] }))
    const newer = onboard(machine, fresher)
    await waitingForLocks(site.db, 1)
    const older = onboard(machine, parameters, { key })
    await waitingForLocks(site.db, 2)
    return { newer, older }
  })
  await t.rejects(older, { code: 'session-over' })
  t.match(await (await newer).next(), { kind: 'wait' })
})

await t.test('what an older boot still has under way changes nothing for the newer one', async (t) => {
  const site = await openSite(t, await fresh(t))
  const machine = { serial: 'SN-53', mac: '52:54:00:aa:00:53' }
  const older = await bootAgent(site.open, machine)
  const polling = older.next(20)
  const newer = await bootAgent(site.open, machine)
  await addDefaultProfile(site.db)
  site.engine.waits.wakeAll()
  await t.rejects(polling, { code: 'session-over' }, 'a long poll of an older boot gets no action')
  const action = await newer.action()
  t.equal(action.attempt, 1)
  await t.rejects(older.end(action), { code: 'session-over' })
  const again = { servers: [site.open], bootToken: older.bootToken }
  await t.rejects(onboard(machine, { ...(await fetchSite(await bootScript(site.open, machine))), ...again }), {
    code: 'session-over',
  })
  t.match(await newer.action(), { attempt: 1 })
})
