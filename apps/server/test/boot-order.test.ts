import t, { type Test } from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const params = { id: 'SN-1' }

async function opened(t: Test) {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const profile = async (more: object) => {
    const {
      id: _id,
      isDefault: _d,
      createdAt: _c,
      updatedAt: _u,
      ...was
    } = await site.api('getProfile', { params: { id: 'debian' } })
    await site.api('putProfile', { params: { id: 'debian' }, body: { ...was, ...more } })
  }
  /** Installs the machine; what its boot-order action was told, and its seed action. */
  const install = async (result: object | null) => {
    const agent = await bootAgent(site.open, machine)
    for (const told: Record<string, Record<string, unknown>> = {}; ; ) {
      const reply = await agent.next()
      if (reply.kind !== 'action') return told
      const { name } = reply.action
      told[name] = reply.action.with
      await agent.end(reply, name === 'boot-order' && result ? { result } : {})
    }
  }
  const again = async () => {
    const { instance } = await site.api('reprovisionNode', { params, body: { reason: 'sold back' } })
    return instance?.status.reason
  }
  return { site, profile, install, again }
}

await t.test('the profile says what its units boot first, else the site', async (t) => {
  const { site, profile, install, again } = await opened(t)
  const disk = { changed: true, order: ['Boot0001'], first: 'disk' }
  t.match(await install(disk), { 'boot-order': { bootOrder: 'disk' }, seed: { growRoot: true } })
  await site.api('patchSite', { body: { bootOrder: 'network' } })
  await again()
  t.match(await install(disk), { 'boot-order': { bootOrder: 'network' } })
  await profile({ bootOrder: 'disk', growRoot: false })
  await again()
  t.match(await install(disk), { 'boot-order': { bootOrder: 'disk' }, seed: { growRoot: false } })
})

await t.test('who has a machine imaged again is told how it comes', async (t) => {
  const { site, install, again } = await opened(t)
  const order = ['Boot0002', 'Boot0001']
  for (const [result, code, words] of [
    [{ changed: true, order, first: 'disk' }, 'again-when-told', /boots its disk unless .*usually F12/],
    [{ changed: true, order, first: 'network' }, 'again-by-itself', /boots from the network first/],
    [{ changed: false, order: [] }, 'again-by-its-own-order', /eims has not set the boot order/],
    [{ changed: true, order }, 'again-when-told', /boots its disk/],
  ] as const) {
    await install(result)
    const said = await again()
    t.equal(said?.code, code)
    t.match(said?.text, words)
    t.match(await site.api('getNode', { params }), { instance: { status: { reason: { code } } } }, 'also afterwards')
  }
})

await t.test('a run that came to no boot order leaves what the one before it set', async (t) => {
  const { site, install, again } = await opened(t)
  await install({ changed: true, order: ['Boot0001'], first: 'disk' })
  await again()
  const agent = await bootAgent(site.open, machine)
  await agent.end(await agent.action(), { state: 'FAILED', message: 'no memory' })
  t.equal((await again())?.code, 'again-when-told')
})
