import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, finishRun } from './support/machine.ts'
import { addDefaultProfile, onlyWoken, openSite, rowCounts, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const params = { id: 'SN-1' }

async function begun(t: Parameters<typeof openSite>[0]) {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, machine)
  return { site, agent, action: await agent.action() }
}

const audits = async ({ db }: Site) =>
  (await db.audit.findMany({ orderBy: { id: 'asc' } })).map(({ actor, action, reason }) => ({ actor, action, reason }))

await t.test('a cancelled run stops its agent and can be taken up again', async (t) => {
  const { site, agent, action } = await begun(t)
  const polling = agent.end(action).then(() => agent.action())
  const second = await polling
  const node = await site.api('cancelNode', { params })
  const reason = { code: 'cancelled', slots: { by: 'admin' } }
  t.match(node, {
    status: { reason: { code: 'not-provisioned' } },
    instance: { state: 'FAILED', status: { reason } },
    run: { state: 'CANCELLED', reason },
  })
  t.match(await agent.end(second, { state: 'RUNNING' }), { cancelled: true })
  t.match(await agent.next(), { kind: 'done', state: 'CANCELLED', reason })
  await t.rejects(site.api('cancelNode', { params }), { code: 'wrong-state', message: 'the run is over (CANCELLED)' })

  onlyWoken(site)
  const waiting = agent.next(20)
  t.match(await site.api('retryNode', { params, body: {} }), {
    status: { reason: { code: 'will-be-provisioned' } },
    instance: { state: 'PENDING', status: { reason: { code: 'waits-for-its-machine' } } },
    run: { state: 'PENDING', reason: null },
  })
  t.match(await waiting, { kind: 'action', action: { name: 'choose-disk' }, attempt: 2 }, 'its long poll is woken')
  await t.rejects(site.api('retryNode', { params, body: {} }), { code: 'wrong-state', message: /not over/ })
  t.strictSame(await audits(site), [
    { actor: 'admin', action: 'node.cancel', reason: null },
    { actor: 'admin', action: 'node.retry', reason: null },
  ])
})

await t.test('a failed run is taken up from the failed action or from the start', async (t) => {
  const { site, agent, action } = await begun(t)
  await agent.end(action)
  await agent.end(await agent.action(), { state: 'FAILED', message: 'two disks' })
  await site.api('retryNode', { params, body: { from: 'failed-action' } })
  const second = await agent.action()
  t.match(second, { action: { name: 'choose-disk' }, attempt: 2, index: 2 })
  await agent.end(second, { state: 'FAILED', message: 'two disks' })
  await site.api('retryNode', { params, body: { from: 'start' } })
  t.match(await agent.action(), { action: { name: 'inventory' }, attempt: 2, index: 1, results: {} })
  t.equal((await finishRun(agent)).length, 6)
  t.match(await rowCounts(site), { run: 1, instance: 1, attempt: 9 })
  await t.rejects(site.api('retryNode', { params, body: {} }), { code: 'wrong-state', message: /reprovisioning/ })
})

await t.test('a finished machine is imaged again only with a reason', async (t) => {
  const { site, agent } = await begun(t)
  await t.rejects(site.api('reprovisionNode', { params, body: { reason: 'a new image' } }), {
    code: 'wrong-state',
    message: /cancel it first/,
  })
  await finishRun(agent)
  t.match(await bootScript(site.open, machine), /exit 1/)
  const before = await rowCounts(site)
  for (const body of [{}, { reason: '  ' }, { reason: 'no' }])
    await t.rejects(site.api('reprovisionNode', { params, body: body as { reason: string } }), {
      code: 'invalid-input',
    })
  await t.rejects(site.api('provisionNode', { params }), {
    code: 'wrong-state',
    message: /ask for retry or reprovision/,
  })
  t.strictSame(await rowCounts(site), before)

  const old = (await site.api('getNode', { params })).instance?.id
  const { instance } = await site.api('reprovisionNode', { params, body: { reason: 'a new image' } })
  t.match(instance, { state: 'PENDING' })
  t.not(instance?.id, old, 'it is another instance')
  t.strictSame(await audits(site), [{ actor: 'admin', action: 'node.reprovision', reason: 'a new image' }])
  await t.rejects(site.api('retryNode', { params, body: {} }), { code: 'wrong-state', message: /imaged again/ })
  t.match(await bootScript(site.open, machine), /installs profile debian[\s\S]*^kernel /m)
  const booted = await bootAgent(site.open, machine)
  t.match(await booted.action(), { index: 1, attempt: 1 })
  t.match(await rowCounts(site), { instance: 2, run: 2 })
})

await t.test('without autoProvision a person makes the instance', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('patchSite', { body: { autoProvision: false } })
  await site.api('addNode', { body: { serial: 'SN-1' } })
  await t.rejects(site.api('reprovisionNode', { params, body: { reason: 'impatience' } }), { code: 'wrong-state' })
  await t.rejects(site.api('cancelNode', { params }), { code: 'wrong-state', message: /no run/ })
  t.match(await bootScript(site.open, machine), /ready for profile debian; waits for: eims nodes provision/)
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'not-asked-for', slots: { profile: 'debian' } } })
  const waiting = agent.next(20)
  const [made, refused] = await Promise.allSettled([
    site.api('provisionNode', { params }),
    site.api('provisionNode', { params }),
  ])
  const [no] = [made, refused].filter((each) => each.status === 'rejected')
  t.match(no?.reason, { code: 'wrong-state' }, 'once')
  t.match(await waiting, { kind: 'action', index: 1 })
  t.match(await rowCounts(site), { instance: 1, run: 1 })
})

await t.test('a node is removed when nothing is done on it, and its agent’s session is over', async (t) => {
  const { site, agent } = await begun(t)
  await t.rejects(site.api('deleteNode', { params }), { code: 'wrong-state', message: /cancel it first/ })
  await site.api('cancelNode', { params })
  onlyWoken(site)
  const polling = t.rejects(agent.next(20), { code: 'session-over' })
  await site.api('deleteNode', { params })
  await polling
  await t.rejects(agent.next(), { code: 'session-over' })
  t.match(await rowCounts(site), { node: 0, instance: 0, run: 0, log: 0, boot_session: 0 })
  t.match(await bootAgent(site.open, machine), { nodeName: 'node-sn-1' }, 'its next boot makes a new one')
})
