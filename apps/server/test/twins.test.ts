import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { type Agent, bootAgent, bootScript, finishRun, goodReport, phoneHomeOf } from './support/machine.ts'
import { addDefaultProfile, openSite, type Site } from './support/site.ts'

// Promise: of several machines that say one serial and UUID only one is written, the others wait, and both are named.

const { fresh } = await startDatabases(t)
const board = { serial: 'SN-1', uuid: '11111111-2222-3333-4444-555555555555' }
const [first, second] = ['52:54:00:aa:00:01', '52:54:00:aa:00:02']

async function begun(t: Parameters<typeof openSite>[0]) {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const one = await bootAgent(site.open, { ...board, mac: first })
  return { site, one, action: await one.action() }
}

/** As if all agents had been heard so long ago, and came so long before that. */
const ago = ({ db }: Site, seconds: number) => db.$executeRaw`
  update boot_session set seen_at = seen_at - make_interval(secs => ${seconds}::float8),
                          onboarded_at = onboarded_at - make_interval(secs => ${seconds}::float8)`

/** Goes through the rest of the run; the arguments of its seed. */
async function lastOf(agent: Agent): Promise<Record<string, unknown>> {
  let seed = {}
  for (;;) {
    const reply = await agent.next()
    if (reply.kind !== 'action') return seed
    if (reply.action.name === 'seed') seed = reply.action.with
    await agent.end(reply)
  }
}

const timeline = async (site: Site) => {
  await site.engine.sink.flush()
  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-1' } })
  return events
}

await t.test('the firmware of the second one is told so, too', async (t) => {
  const { site, action, one } = await begun(t)
  const said = (mac: string) => bootScript(site.open, { ...board, mac })
  const goesOn = /^echo eims: node-sn-1: its run goes on$/m
  t.match(await said(first), goesOn, 'the one that has the run, after a power cut')
  const script = await said(second)
  t.match(
    script,
    /^echo eims: quarantined: two machines say that they are node-sn-1 .*this one with MAC 52:54:00:aa:00:02, and the one with MAC 52:54:00:aa:00:01, which has node-sn-1 and was heard a moment ago/m,
  )
  t.match(script, /^kernel /m, 'it waits in the Micro-OS')
  t.notMatch(script, goesOn)
  await site.engine.sink.flush()
  t.match(await site.api('diagnosis', { query: { mac: second } }), { symptom: 'twin', verdict: 'waiting' })

  await one.end(action, { state: 'RUNNING', progress: 0.5 })
  await ago(site, 10)
  t.match(await said(second), /^echo eims: quarantined: /m)
  await ago(site, 60)
  t.match(await said(second), goesOn, 'it may be the same machine at another port')
})

await t.test('both alive: only one is written, the other waits with both named', async (t) => {
  const { site, one, action } = await begun(t)
  const two = await bootAgent(site.open, { ...board, mac: second })
  t.match(two, { nodeId: null, nodeName: 'quarantined' })
  t.match(await two.next(), { kind: 'wait', reason: { slots: { why: { code: 'twin', slots: { how: 'undecided' } } } } })
  t.notOk(
    (await timeline(site)).some(({ kind }) => kind === 'identity.conflict'),
    'it may be the same at another dock',
  )

  await ago(site, 20)
  await one.end(action, { state: 'RUNNING', progress: 0.5 })
  t.match(await two.next(), {
    kind: 'wait',
    reason: {
      code: 'quarantined',
      slots: {
        why: { code: 'twin', slots: { ...board, macs: [second], others: [first], how: 'alive' } },
        candidates: [one.nodeName],
      },
    },
  })
  t.match(
    (await timeline(site)).filter(({ kind }) => kind === 'identity.conflict'),
    [{ mac: second, data: { reason: { code: 'twin', slots: { macs: [second], others: [first] } } } }],
  )
  t.strictSame((await site.api('getNode', { params: { id: 'SN-1' } })).macs, [first], 'its MAC is not the node’s')
  for (const query of [{ node: 'SN-1' }, { mac: second }])
    t.match(await site.api('diagnosis', { query }), {
      symptom: 'twin',
      verdict: 'waiting',
      summary: /aa:00:02.*aa:00:01/,
    })

  await one.end(action, { seq: 2 })
  t.equal((await finishRun(one)).length, 5, 'the first one goes on to its end')
  t.match(await two.next(), { kind: 'wait', reason: { slots: { why: { slots: { how: 'alive' } } } } })
  await ago(site, 3600)
  t.match(await two.next(), { kind: 'wait' }, 'two that were there at once are two, also when one is gone')
  t.match(await site.db.attempt.findMany({ distinct: ['sessionId'] }), { length: 1 })
})

await t.test('one that comes when the other is done does not take its OS for its own', async (t) => {
  const { site, one } = await begun(t)
  const script = bootAgent(site.open, { ...board, mac: second })
  const two = await script
  await finishRun(one)
  await ago(site, 3600)
  await site.db.$executeRaw`update boot_session set onboarded_at = clock_timestamp() where boot_mac = ${second}`
  t.match(await two.next(), { kind: 'wait', reason: { slots: { why: { slots: { how: 'installed' } } } } })
})

await t.test(
  'a holder that is silent for longer than its heartbeat loses the action, and is refused when it comes back',
  async (t) => {
    const { site, one, action } = await begun(t)
    await ago(site, 30)
    const two = await bootAgent(site.open, { ...board, mac: second })
    t.equal(two.nodeId, null, 'not yet')
    site.engine.listening.since = Date.now()
    await ago(site, 60)
    t.match(await two.next(), { kind: 'wait' }, 'not while agents could not be heard')
    site.engine.listening.since = 0
    await t.rejects(two.next(), { code: 'session-over' }, 'it is to introduce itself anew')
    const again = await bootAgent(site.open, { ...board, mac: second })
    t.equal(again.nodeId, one.nodeId)
    t.match(await again.action(), { attempt: 2 })

    await t.rejects(one.end(action), { code: 'session-over' })
    await t.rejects(one.next(), { code: 'session-over' })
    const refused = (await timeline(site)).filter(({ kind }) => kind === 'report.refused')
    t.match(refused, [{ mac: first, count: 2, data: { of: 'agent', reason: { code: 'booted-anew' } } }])
    const back = await bootAgent(site.open, { ...board, mac: first })
    t.equal(back.nodeId, null)
  },
)

await t.test('a machine that comes back after a power cut has a MAC in common and goes on at once', async (t) => {
  const { site, one } = await begun(t)
  const booted = await bootAgent(site.open, { ...board, mac: first })
  t.equal(booted.nodeId, one.nodeId)
  t.match(await booted.action(), { attempt: 2 })
})

await t.test('two agents of nodes that a person merged: one has the action', async (t) => {
  const site = await openSite(t, await fresh(t))
  const one = await bootAgent(site.open, { serial: 'SN-1', mac: first })
  const two = await bootAgent(site.open, { serial: 'SN-2', mac: second })
  await site.api('mergeNode', { params: { id: one.nodeId! }, body: { from: two.nodeId!, reason: 'one machine' } })
  await addDefaultProfile(site.db)
  await one.action()
  t.match(await two.next(), { kind: 'wait', reason: { code: 'quarantined', slots: { why: { code: 'twin' } } } })
  t.equal(await site.db.attempt.count(), 1)
})

await t.test('a report that is refused stands on the timeline, and the diagnosis knows it', async (t) => {
  const { site, one, action } = await begun(t)
  await one.end(action)
  await t.rejects(one.end(action, { seq: 2 }), { code: 'stale-report' })
  const seed = await lastOf(one)
  const [refused] = (await timeline(site)).filter(({ kind }) => kind === 'report.refused')
  t.match(refused, { mac: first, data: { of: 'agent', reason: { code: 'attempt-over' } } })

  const { token, instanceId } = phoneHomeOf(seed)
  await site.db.$executeRaw`update credential set expires_at = clock_timestamp() where kind = 'phone-home'`
  const phone = site.client(site.open, token)
  await t.rejects(phone('phoneHome', { body: goodReport(instanceId) }), { code: 'unauthenticated' })
  t.match((await timeline(site)).at(-1), {
    kind: 'report.refused',
    data: { of: 'os', reason: { code: 'phone-home-token-old' } },
  })
  t.match(await site.api('diagnosis', { query: { node: 'SN-1' } }), { symptom: 'report-refused', verdict: 'trouble' })

  await site.db.$executeRaw`update credential set expires_at = null where kind = 'phone-home'`
  await t.rejects(phone('phoneHome', { body: goodReport('another-run') }), { code: 'wrong-state' })
  t.match((await timeline(site)).at(-1), { data: { reason: { code: 'report-of-old-instance' } } })
  await phone('phoneHome', { body: goodReport(instanceId) })
  t.match(await site.api('diagnosis', { query: { node: 'SN-1' } }), { symptom: 'running' })
})
