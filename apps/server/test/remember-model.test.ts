import { MOST_SECURE_BOOT_MODELS, type SecureBootModel } from '@eims/contracts'
import t from 'tap'
import { withModel } from '../src/engine/remember-model.ts'
import { startDatabases } from './support/databases.ts'
import { bootScript, fetchSite, inventory, type Machine, onboard } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

// One promise: what one machine of a model has shown about Secure Boot the next one need not show again.

const at = '2026-11-20T10:00:00.000Z'
const proven = { nodeId: 'n-1', node: 'pos-1', mac: null, manufacturer: 'Supermicro', product: 'SYS-E100-9S' }
const learned: SecureBootModel = {
  product: 'SYS-E100-9S',
  manufacturer: 'Supermicro',
  secureBoot: 'on',
  learned: { node: 'pos-1', at },
}

await t.test('a model is remembered by maker and product, once', async (t) => {
  t.strictSame(withModel([], proven, at), [learned])
  t.equal(withModel([learned], { ...proven, product: 'sys-e100-9s' }, at), null)
  t.equal(withModel([{ product: 'SYS-*', secureBoot: 'off' }], proven, at), null, 'a person has spoken of it')
  const other: SecureBootModel = { product: 'SYS-*', manufacturer: 'Dell', secureBoot: 'off' }
  t.strictSame(withModel([other], proven, at), [other, learned])
  t.strictSame(withModel([], { ...proven, manufacturer: 'To be filled by O.E.M.' }, at), [
    { product: 'SYS-E100-9S', secureBoot: 'on', learned: { node: 'pos-1', at } },
  ])
  for (const product of [undefined, ' ', 'To be filled by O.E.M.', 'System Product Name'])
    t.equal(withModel([], { ...proven, product }, at), null, `${product}: SMBIOS says nothing`)
  t.equal(withModel([], { ...proven, product: 'SYS*' }, at), null, 'a machine speaks of no other model than its own')
  t.equal(withModel([], { ...proven, manufacturer: 'Super*' }, at), null)
})

await t.test('where the list is full the longest remembered one goes, and none that a person set', async (t) => {
  const set = Array.from({ length: MOST_SECURE_BOOT_MODELS - 2 }, (_, index) => ({
    product: `model ${index}`,
    secureBoot: 'on' as const,
  }))
  const remembered = (product: string, day: string): SecureBootModel => ({
    product,
    secureBoot: 'on',
    learned: { node: 'pos', at: `2026-11-${day}T10:00:00.000Z` },
  })
  const [young, old] = [remembered('young', '12'), remembered('old', '11')]
  t.strictSame(withModel([...set, young, old], proven, at), [...set, young, learned])
  const full = [...set, ...set.slice(0, 2).map((model) => ({ ...model, product: `other ${model.product}` }))]
  t.equal(withModel(full, proven, at), null)
})

const { fresh } = await startDatabases(t)

await t.test('by an agent that runs with Secure Boot on, after its firmware had refused iPXE', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const boot = async (machine: Machine & { product?: string }, secureBoot: boolean) =>
    onboard(machine, await fetchSite(await bootScript(site.open, machine)), { found: inventory({ secureBoot }) })
  const models = async () => (await site.api('getSite', {})).secureBootModels
  const model = { manufacturer: 'Supermicro', product: 'SYS-E100-9S' }

  await boot({ serial: 'SN-1', mac: '52:54:00:ac:01:01', ...model }, true)
  t.strictSame(await models(), [], 'it was not seen to refuse anything: its iPXE may be signed by its owner')
  site.refusedIpxe.add('52:54:00:ac:01:02')
  await boot({ serial: 'SN-2', mac: '52:54:00:ac:01:02', ...model }, false)
  t.strictSame(await models(), [], 'nor does its firmware enforce anything')

  site.refusedIpxe.add('52:54:00:ac:01:03')
  const { nodeName } = await boot({ serial: 'SN-3', mac: '52:54:00:ac:01:03', ...model }, true)
  t.match(await models(), [{ ...model, secureBoot: 'on', learned: { node: nodeName } }])
  t.equal((await models()).length, 1)
  await site.engine.sink.flush()
  const { events } = await site.api('nodeTimeline', { params: { id: nodeName } })
  t.match(
    events.findLast(({ kind }) => kind === 'agent.model-remembered')?.message,
    /machines of the model SYS-E100-9S get the signed chain at once/,
  )
  const { items } = await site.api('listAudit', { query: {} })
  t.match(
    items.find(({ action }) => action === 'site.change'),
    { actor: 'eims', before: { secureBootModels: [] }, after: { secureBootModels: [model] } },
  )

  await site.api('patchSite', { body: { secureBootModels: [] } })
  t.strictSame(await models(), [], 'and a person takes it back')
})
