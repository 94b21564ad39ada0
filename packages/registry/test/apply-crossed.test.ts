import { ApplyInput, NodeInput, NodePatch } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import t from 'tap'
import { applyAll, createBatch, createNode, type Db, getNode, patchNode } from '../src/index.ts'
import { addProfile, type FreshDatabase, startDatabases } from './fresh-database.ts'

// Promise: whoever renames a profile or batch while nodes are applied takes it from no node.

const fresh = await startDatabases(t)
const by = { actor: 'ann', readyConfigs: async () => (_: unknown, text: string) => text }

/** Applies `said` in such a way that it reads the registry before `meanwhile` is done, and writes after it. */
async function crossed(
  { registry, db }: FreshDatabase,
  said: unknown,
  { held, meanwhile }: Record<'held' | 'meanwhile', (tx: Db) => Promise<unknown>>,
) {
  const applied = await registry.transaction(async (tx) => {
    await held(tx)
    const applying = applyAll(registry, ApplyInput.parse(said), by)
    await waitingForLocks(db, 1)
    await meanwhile(tx)
    return { applying }
  })
  return applied.applying
}

async function withNode(site: FreshDatabase) {
  const { db, siteId } = site
  const profiles = { kiosk: await addProfile(db, siteId, 'kiosk'), debian: await addProfile(db, siteId, 'debian') }
  const batch = await createBatch(db, siteId, { name: 'lot-7', note: null, expected: null })
  for (const [index, name] of ['a', 'b'].entries())
    await createNode(db, {
      input: NodeInput.parse({ name, serial: `SN-${index}` }),
      registered: true,
      actor: 'x',
      siteId,
    })
  await patchNode(db, 'a', NodePatch.parse({ profile: 'kiosk', batch: 'lot-7' }), 'x')
  return { profiles, batch }
}

await t.test('what the file does not mention stays, whatever it is called meanwhile', async (t) => {
  const site = await fresh(t)
  const { profiles, batch } = await withNode(site)
  const report = await crossed(
    site,
    {
      nodes: [
        { name: 'a', product: 'X1' },
        { name: 'b', profile: 'debian' },
      ],
    },
    {
      held: (tx) => tx.$queryRaw`select id from profile where id = ${profiles.debian.id} for update`,
      async meanwhile(tx) {
        await tx.profile.update({ where: { id: profiles.kiosk.id }, data: { name: 'kiosk-2' } })
        await tx.batch.update({ where: { id: batch.id }, data: { name: 'lot-8' } })
      },
    },
  )
  t.match(report, { applied: true, nodes: [{ changes: [{ field: 'product' }] }, { result: 'changed' }] })
  t.match(await getNode(site.db, 'a'), { product: 'X1', profile: 'kiosk-2', batch: 'lot-8' })
  t.match(await getNode(site.db, 'b'), { profile: 'debian' })
})

await t.test('a name that the file uses and that goes away meanwhile is looked at again', async (t) => {
  const site = await fresh(t)
  const { batch } = await withNode(site)
  const said = { batches: [{ name: 'lot-7' }], nodes: [{ name: 'b', batch: 'lot-7' }] }
  const report = await crossed(site, said, {
    held: (tx) => tx.$queryRaw`select id from node where name = 'b' for update`,
    meanwhile: (tx) => tx.batch.update({ where: { id: batch.id }, data: { name: 'lot-8' } }),
  })
  t.match(report, { applied: true, batches: [{ name: 'lot-7', result: 'created' }], nodes: [{ result: 'changed' }] })
  t.match(await getNode(site.db, 'b'), { batch: 'lot-7' })
  t.match(await getNode(site.db, 'a'), { batch: 'lot-8' })
})
