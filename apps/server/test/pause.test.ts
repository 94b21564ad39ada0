import { ProfileWorkflow } from '@eims/contracts'
import { overdueRuns } from '@eims/registry'
import t from 'tap'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun } from './support/machine.ts'
import { addDefaultProfile, onlyWoken, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const params = { id: 'SN-1' }
const by = { code: 'paused', slots: { by: 'admin' } }

const step = (builtin: string, more: object = {}) => ({
  id: builtin,
  task: 'install-os',
  name: builtin,
  uses: { kind: 'builtin', builtin },
  timeout: 600,
  ...more,
})
const workflow = (...steps: object[]) => ProfileWorkflow.parse(steps)

const filtered = async (site: Awaited<ReturnType<typeof openSite>>, code: string) =>
  (await site.api('listNodes', { query: { filter: `waiting = ${code}` } })).items.length

await t.test('a paused run stands still at the next action, and goes on when a person says so', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { name: 'unit-1', serial: 'SN-1' } })
  const agent = await bootAgent(site.open, machine)
  const action = await agent.action()
  t.match(await site.api('pauseNode', { params }), { waiting: by, run: { state: 'RUNNING' } })
  await t.rejects(site.api('pauseNode', { params }), { code: 'wrong-state', message: /paused already/ })
  t.match(await agent.end(action, { state: 'RUNNING' }), { cancelled: false }, 'the action that is on goes on')
  await agent.end(action, { seq: 2 })
  t.match(await agent.next(), { kind: 'wait', reason: by })
  t.match(await site.api('getNode', { params }), { waiting: by })
  t.equal(await filtered(site, 'paused'), 1)
  const explained = await site.api('diagnosis', { query: { node: 'unit-1' } })
  t.match(explained, { verdict: 'waiting', symptom: 'waits-in-micro-os', summary: /paused by admin/ })
  t.match(explained.remedy.join('\n'), /nodes resume unit-1/)

  onlyWoken(site)
  const waiting = agent.next(20)
  t.match(await site.api('resumeNode', { params }), { waiting: null })
  t.match(await waiting, { kind: 'action', action: { name: 'choose-disk' } }, 'its long poll is woken')
  await t.rejects(site.api('resumeNode', { params }), { code: 'wrong-state', message: /not paused/ })
  t.equal(await filtered(site, 'paused'), 0)
  const { events } = await site.api('nodeTimeline', { params })
  t.strictSame(
    events.flatMap(({ kind, message }) => (/^run\.(paused|resumed)/.test(kind) ? [message] : [])),
    ['paused by admin', 'admin lets it go on'],
  )
  await finishRun(agent)
  await t.rejects(site.api('pauseNode', { params }), { code: 'wrong-state', message: /over/ })
})

await t.test('the sweeper passes a paused run by, and cancel ends it', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  const action = await agent.action()
  await site.api('pauseNode', { params })
  await site.db
    .$executeRaw`update attempt set started_at = now() - interval '9 hours', lease_until = now() - interval '8 hours'`
  await site.db
    .$executeRaw`update run set started_at = now() - interval '9 hours', due_at = now() - interval '8 hours', timeout = 60`
  t.strictSame(await overdueRuns(site.db, 10), [])
  await sweepOnce(site.engine, 0)
  t.match(await site.api('getNode', { params }), { run: { state: 'RUNNING' } })
  t.match(await site.api('cancelNode', { params }), { run: { state: 'CANCELLED' } })
  t.match(await agent.end(action, { state: 'RUNNING' }), { cancelled: true }, 'its agent stops at its next report')
  t.match(await agent.next(), { kind: 'done', state: 'CANCELLED' })
})

await t.test('a run that takes longer than it may is over, wherever it stands', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  await agent.end(await agent.action())
  await site.db.$executeRaw`update run set due_at = now() - interval '1 second', timeout = 60`
  t.equal((await overdueRuns(site.db, 10)).length, 1, 'no action is on')
  await sweepOnce(site.engine, 0)
  const reason = { code: 'run-timed-out', slots: { seconds: 60 } }
  t.match(await site.api('getNode', { params }), { run: { state: 'TIMED_OUT', reason } })
  t.match(await agent.next(), { kind: 'done', state: 'TIMED_OUT', reason })
})

await t.test('an action without a limit, or one that is not over yet, is no case for the sweeper', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db, 'debian', {
    workflow: workflow(step('choose-disk', { timeout: 0 }), step('write-image'), step('reboot')),
  })
  const agent = await bootAgent(site.open, machine)
  await agent.action()
  t.strictSame(await overdueRuns(site.db, 10), [])
  await site.db.$executeRaw`update action set definition = jsonb_set(definition, '{timeout}', '5')`
  await site.db.$executeRaw`update attempt set started_at = now() - interval '6 seconds'`
  t.equal((await overdueRuns(site.db, 10)).length, 1)
})

await t.test('a failure is tried again after its back-off, and the agent’s long poll ends with that', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db, 'debian', {
    workflow: workflow(
      step('choose-disk', { retries: 1, backoff: 1 }),
      step('write-image', { retries: 1, backoff: 600 }),
      step('reboot'),
    ),
  })
  const agent = await bootAgent(site.open, machine)
  await agent.end(await agent.action(), { state: 'FAILED', message: 'no disk' })
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'backs-off', slots: { seconds: 1, left: 1 } } })
  onlyWoken(site)
  const second = await agent.action(20)
  t.match(second, { action: { name: 'choose-disk' }, attempt: 2 }, 'nobody woke it')
  await agent.end(second)
  await agent.end(await agent.action(), { state: 'FAILED', message: 'no link' })
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'backs-off', slots: { seconds: 600 } } })
  const why = { code: 'told', slots: { text: 'no link' } }
  const waiting = { code: 'backs-off', slots: { action: 'write-image', why, left: 1, seconds: 600 } }
  t.match(await site.api('getNode', { params }), { waiting, run: { state: 'RUNNING' } })
  t.match((await site.api('listNodes', { query: {} })).items, [{ waiting }])
  t.equal(await filtered(site, 'backs-off'), 1)
  const explained = await site.api('diagnosis', { query: { node: 'SN-1' } })
  t.match(explained, { verdict: 'waiting', symptom: 'waits-in-micro-os', summary: /tried again 600 s after it failed/ })
  t.match(explained.remedy, [/^Nothing: .*nodes cancel /])
  t.match(await site.api('cancelNode', { params }), { run: { state: 'CANCELLED' } })
  for (const from of [{ action: 'reboot' }, { action: 'seed' }])
    await t.rejects(site.api('retryNode', { params, body: { from } }), {
      code: 'wrong-state',
      message: `the run cannot be taken up from ${from.action}; it can from choose-disk, write-image`,
    })
  await site.api('retryNode', { params, body: { from: { action: 'choose-disk' } } })
  t.match(await site.api('getNode', { params }), { waiting: null }, 'what failed before counts no more')
  t.equal(await filtered(site, 'backs-off'), 0)
  t.match(await agent.action(), { action: { name: 'choose-disk' }, attempt: 3 })
})

await t.test('a machine that waits for a person says for what, and goes on when it is done', async (t) => {
  const site = await openSite(t, await fresh(t))
  const message = 'plug the scanner in'
  const first = step('wait-for-person', { timeout: 0, with: { message } })
  await addDefaultProfile(site.db, 'debian', {
    workflow: workflow(first, step('choose-disk'), step('write-image'), step('reboot')),
  })
  const agent = await bootAgent(site.open, machine)
  const reason = { code: 'waits-for-person', slots: { action: 'wait-for-person', text: message } }
  t.match(await agent.next(), { kind: 'wait', reason })
  t.match(await site.api('getNode', { params }), { waiting: reason, run: { state: 'RUNNING' } })
  await sweepOnce(site.engine, 0)
  await site.api('bulkNodes', { body: { select: { ids: ['SN-1'] }, action: 'resume' } })
  t.strictSame(await finishRun(agent), ['choose-disk', 'write-image', 'reboot'])
  const node = await site.api('getNode', { params })
  t.match(node, { instance: { state: 'PROVISIONED' }, run: { state: 'SUCCEEDED' } })
  t.match(node.run?.actions[0], { name: 'wait-for-person', state: 'SUCCEEDED', attempts: 0 })
})
