import t from 'tap'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, finishRun } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

const databases = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const unknown = { serial: 'SN-2', mac: '52:54:00:aa:00:02' }

/** A script that asks again from the firmware, and leads neither to a Micro-OS nor to the next boot device. */
const waitsInFirmware =
  /^#!ipxe\necho eims: the database does not answer, so nothing is installed\nimgfree \|\|\n.*:ask-again/s

await t.test('while the database is away nothing is imaged, and afterwards everything goes on', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { serial: 'SN-1' } })
  const agent = await bootAgent(site.open, machine)
  const action = await agent.action()
  const idle = await bootAgent(site.open, unknown, {})
  await idle.action()
  await site.api('cancelNode', { params: { id: 'SN-2' } })

  const polling = idle.next(30)
  const asked = Array.from({ length: 30 }, () => site.api('listNodes', {}))
  const during = Promise.allSettled([...asked, polling])
  await databases.stop()
  for (const result of await during)
    if (result.status === 'rejected') t.match(result.reason, { code: 'database-down' }, 'what was under way')
  await t.rejects(polling, { code: 'database-down' }, 'a long poll too')

  for (const who of [machine, unknown, { serial: 'SN-3' }]) {
    const script = await bootScript(site.open, who)
    t.match(script, waitsInFirmware)
    t.notMatch(script, /^(kernel|initrd|sanboot)/m)
  }
  await t.rejects(site.api('getNode', { params: { id: 'SN-1' } }), { code: 'database-down' })
  await t.rejects(site.api('addNode', { body: { serial: 'SN-4' } }), { code: 'database-down' })
  await t.rejects(agent.next(), { code: 'database-down' })
  await t.rejects(agent.end(action), { code: 'database-down' })
  const ready = await fetch(`${site.open}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { code: 'database-down', remedy: /try again/ })
  const health = await fetch(`${site.open}/healthz`)
  t.equal(health.status, 200, 'the process lives')
  t.match(await health.json(), { ok: false, broken: ['the database does not answer'], away: [] })
  await t.rejects(sweepOnce(site.engine, 0))

  await databases.start()
  t.equal((await fetch(`${site.open}/readyz`)).status, 200)
  t.match(await (await fetch(`${site.open}/healthz`)).json(), { ok: true, broken: [], away: [] })
  t.strictSame(await agent.action(), action, 'the same attempt')
  t.equal((await finishRun(agent)).length, 6)
  t.match(await bootScript(site.open, machine), /exit 1/)
  t.match(await site.api('getNode', { params: { id: 'SN-1' } }), { instance: { state: 'PROVISIONED' } })
  const { events } = await site.api('nodeTimeline', { params: { id: 'SN-1' } })
  t.ok(
    events.some(({ message }) => message.includes('the database does not answer')),
    'the timeline tells of it',
  )
})

await t.test('a registry that answers too late or half leads to no imaging either', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addDefaultProfile(site.db)
  const locked = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const holding = site.engine.registry.transaction(async (tx) => {
    await tx.$executeRaw`lock table site in access exclusive mode`
    locked.resolve()
    await release.promise
  })
  await locked.promise
  t.match(await bootScript(site.open, machine), waitsInFirmware)
  release.resolve()
  await holding
  t.match(await bootScript(site.open, machine), /^kernel/m)
  await site.db.$executeRaw`alter table boot_session rename to gone`
  t.match(await bootScript(site.open, machine), waitsInFirmware, 'no session can be opened')
})
