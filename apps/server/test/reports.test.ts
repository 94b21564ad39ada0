import { waitingForLocks } from '@eims/lab'
import { lockNode } from '@eims/registry'
import t from 'tap'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun } from './support/machine.ts'
import { addDefaultProfile, openSite, rowCounts, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }

async function begun(t: Parameters<typeof openSite>[0]) {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  return { site, agent, action: await agent.action() }
}

const run = async ({ api }: Site) => (await api('getNode', { params: { id: 'SN-1' } })).run

/** As if nothing had been heard of any agent for ten minutes. */
const silence = ({ db }: Site) =>
  db.$executeRaw`update attempt set lease_until = clock_timestamp() - interval '10 minutes' where state = 'RUNNING'`

await t.test('a repeated report is answered and changes nothing', async (t) => {
  const { site, agent, action } = await begun(t)
  const log = [{ at: '2026-11-20T10:00:00.000Z', stream: 'agent', text: 'once' }]
  const accepted = { cancelled: false, leaseSeconds: 90 }
  t.strictSame(await agent.end(action, { state: 'RUNNING', progress: 0.5, log }), accepted)
  t.strictSame(await agent.end(action, { state: 'RUNNING', progress: 0.1, log }), accepted)
  t.equal(await site.db.log.count(), 1)
  t.match((await run(site))?.actions[0], { progress: 0.5 })
  await agent.end(action, { seq: 2 })
  const before = await rowCounts(site)
  t.strictSame(await agent.end(action, { seq: 2 }), accepted, 'also the last one')
  t.strictSame(await rowCounts(site), before)
})

await t.test('what a report says of an action that goes on is kept', async (t) => {
  const { site, agent, action } = await begun(t)
  const words = { code: 'told', slots: { text: 'half of it' } }
  await agent.end(action, { state: 'RUNNING', progress: 0.5, message: 'half of it' })
  t.match((await run(site))?.actions[0], { state: 'RUNNING', progress: 0.5, reason: words })
  await agent.end(action, { seq: 2, state: 'RUNNING' })
  t.match((await run(site))?.actions[0], { state: 'RUNNING', progress: 0.5, reason: words })
  await agent.end(action, { seq: 3, state: 'FAILED' })
  t.match((await run(site))?.reason, { code: 'action-failed', slots: { action: 'inventory', why: words } })
})

await t.test('a report of progress waits for nobody who has its node, and nobody waits for it', async (t) => {
  const { site, agent, action } = await begun(t)
  await site.db.$executeRaw`update node set last_seen_at = '2020-01-01'`
  const nodeId = String(agent.nodeId)
  await site.engine.registry.transaction(async (tx) => {
    await lockNode(tx, nodeId)
    t.match(await agent.end(action, { state: 'RUNNING', progress: 0.5 }), { cancelled: false })
    await tx.$executeRaw`update attempt set state = 'CANCELLED'`
  })
  t.match(await site.db.node.findFirst(), { lastSeenAt: new Date('2020-01-01') }, 'that it was heard is noted later')
  await t.rejects(agent.end(action, { seq: 2, state: 'RUNNING' }), { code: 'stale-report' })
  t.match(await site.db.attempt.findMany(), [{ lastSeq: 1, progress: 0.5, state: 'CANCELLED' }])
})

await t.test('a report that comes while its run is cancelled changes nothing and stops its agent', async (t) => {
  const { site, agent, action } = await begun(t)
  const { cancelling, ending } = await site.engine.registry.transaction(async (tx) => {
    await lockNode(tx, String(agent.nodeId))
    const cancelling = site.api('cancelNode', { params: { id: 'SN-1' } })
    await waitingForLocks(site.db, 1)
    const ending = agent.end(action)
    await waitingForLocks(site.db, 2)
    return { cancelling, ending }
  })
  await cancelling
  t.match(await ending, { cancelled: true })
  t.match(await run(site), { state: 'CANCELLED', actions: [{ state: 'PENDING', attempts: 1 }] })
  t.match(await agent.end(action, { seq: 2, state: 'RUNNING' }), { cancelled: true })
  t.match(await site.db.attempt.findMany(), [{ state: 'CANCELLED', lastSeq: 0 }])
})

await t.test('a report counts only for an attempt that is on, of this machine', async (t) => {
  const { site, agent, action } = await begun(t)
  const other = await bootAgent(site.open, { serial: 'SN-2' })
  const before = await rowCounts(site)
  await t.rejects(other.end(action), { code: 'stale-report', message: /not this machine/ })
  await t.rejects(agent.end({ ...action, runId: 'nobody’s' }), { code: 'stale-report' })
  await t.rejects(agent.end({ ...action, attempt: 2 }), { code: 'stale-report' })
  await t.rejects(agent.end({ ...action, action: { ...action.action, id: 'seed' } }), { code: 'stale-report' })
  const after = await rowCounts(site)
  const told = await site.db.event.count({ where: { kind: 'report.refused' } })
  t.ok(told > 0, 'what was refused is on the timeline')
  t.strictSame(after, { ...before, event: before.event! + told })
  await agent.end(action)
  await t.rejects(agent.end(action, { seq: 2 }), { code: 'stale-report', message: /is over/ }, 'late')
  t.match((await run(site))?.actions[0], { state: 'SUCCEEDED', attempts: 1 })
})

await t.test('log lines are kept, whatever the clock of the machine says', async (t) => {
  const { site, agent, action } = await begun(t)
  const times = ['0000-01-01T00:00:00Z', '1970-01-01T00:00:01Z', '9999-12-31T23:59:59.999Z']
  const log = times.map((at) => ({ at, stream: 'stdout', text: 'x'.repeat(4096) }))
  await agent.end(action, { state: 'RUNNING', log: [...log, ...Array(497).fill(log[1])] })
  t.equal(await site.db.log.count(), 500, 'as many as a report may hold')
  const { items, nextPageToken } = await site.api('nodeLogs', { params: { id: 'SN-1' }, query: { pageSize: 3 } })
  t.match(items, [{ at: /^20/ }, { at: '1970-01-01T00:00:01.000Z' }, { at: '9999-12-31T23:59:59.999Z' }])
  t.type(nextPageToken, 'string')
})

await t.test('what fails ends the run with its reason', async (t) => {
  const { site, agent, action } = await begun(t)
  await agent.end(action, { state: 'FAILED', message: 'no disk was found', exitCode: 2 })
  const reason = {
    code: 'action-failed',
    slots: { action: 'inventory', why: { code: 'told', slots: { text: 'no disk was found' } }, exitCode: 2 },
    text: 'inventory: no disk was found',
  }
  t.match(await agent.next(), { kind: 'done', state: 'FAILED', reason })
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), {
    status: { reason: { code: 'not-provisioned' }, indicator: 'ERROR' },
    instance: { state: 'FAILED', status: { reason } },
    run: { state: 'FAILED', reason },
  })
})

await t.test('an attempt whose agent falls silent is lost, and the next boot begins another', async (t) => {
  const { site, agent, action } = await begun(t)
  await silence(site)
  const now = Date.now()
  await sweepOnce(site.engine, now)
  t.match(await site.db.attempt.findMany(), [{ state: 'RUNNING' }], 'not while agents could not be heard')
  await sweepOnce(site.engine, now - 61_000)
  t.match(await site.db.attempt.findMany(), [{ state: 'LOST' }])

  const booted = await bootAgent(site.open, machine)
  t.match(await booted.action(), { action: { name: 'inventory' }, attempt: 2 })
  await t.rejects(agent.end(action), { code: 'session-over' })
  t.equal((await finishRun(booted)).length, 6)
  t.match(await run(site), { state: 'SUCCEEDED' })
  const attempts = await site.db.attempt.findMany({ where: { actionId: 'inventory' }, orderBy: { number: 'asc' } })
  t.match(attempts, [{ state: 'LOST' }, { state: 'SUCCEEDED' }], 'every attempt is kept')
})

await t.test('a machine that boots anew in the middle of its run goes on, and is not called silent', async (t) => {
  const { site } = await begun(t)
  const booted = await bootAgent(site.open, machine)
  t.match(await booted.action(), { action: { name: 'inventory' }, attempt: 2 })
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), {
    status: { reason: { code: 'gets-profile', slots: { profile: 'debian' } }, indicator: 'IN_PROGRESS' },
    instance: { state: 'PROVISIONING' },
  })
  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-1' } })
  const seen = events.map(({ kind }) => kind).filter((kind) => /^(action|agent)\./.test(kind))
  t.strictSame(seen, ['agent.onboarded', 'action.started', 'agent.onboarded', 'action.lease-expired', 'action.started'])
})

await t.test('a silent agent that comes back goes on where it was', async (t) => {
  const { site, agent, action } = await begun(t)
  await silence(site)
  await sweepOnce(site.engine, 0)
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), {
    status: { reason: { code: 'silent', text: /^not heard of since 20/ }, indicator: 'ERROR' },
  })
  await agent.end(action, { state: 'RUNNING', progress: 0.2 })
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), {
    status: { reason: { code: 'gets-profile', slots: { profile: 'debian' } }, indicator: 'IN_PROGRESS' },
  })
  t.match(await agent.action(), { attempt: 1, lastSeq: 1 })
  t.match(await site.db.attempt.findMany(), [{ state: 'RUNNING' }])
})

await t.test('an action that takes too long times out', async (t) => {
  const { site, agent, action } = await begun(t)
  await site.db.$executeRaw`update attempt set started_at = clock_timestamp() - interval '6 minutes'`
  t.match(await agent.end(action, { state: 'RUNNING' }), { cancelled: true }, 'its agent is told to stop')
  t.match(await run(site), {
    state: 'TIMED_OUT',
    reason: { code: 'action-timed-out', slots: { action: 'inventory', seconds: 300 } },
  })

  const other = await bootAgent(site.open, { serial: 'SN-2' })
  await other.action()
  await site.db.$executeRaw`
    update attempt set started_at = clock_timestamp() - interval '6 minutes' where state = 'RUNNING'`
  await sweepOnce(site.engine, 0)
  t.match(await other.next(), { kind: 'done', state: 'TIMED_OUT' }, 'the sweep sees it as well')
})

await t.test('a machine that dies again and again is given up', async (t) => {
  const { site } = await begun(t)
  for (let boot = 2; boot <= 5; boot += 1) await (await bootAgent(site.open, machine)).action()
  const last = await bootAgent(site.open, machine)
  t.match(await last.next(), {
    kind: 'done',
    state: 'FAILED',
    reason: { code: 'action-lost', slots: { action: 'inventory', times: 5 } },
  })
})
