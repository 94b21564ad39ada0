import { NodeInput } from '@eims/contracts'
import t from 'tap'
import { createNode, getNode, undoImport } from '../src/index.ts'
import { type FreshDatabase, startDatabases } from './fresh-database.ts'
import { importing } from './importing.ts'

// Promise: undoing an import never leaves two nodes of one serial that their makers do not tell apart.

const fresh = await startDatabases(t)
const undo = ({ registry }: FreshDatabase, id: string, dryRun = false) =>
  undoImport(registry, id, { actor: 'bob', dryRun })
const create = ({ db, siteId }: FreshDatabase, input: { name: string; serial: string; manufacturer: string }) =>
  createNode(db, { input: NodeInput.parse(input), registered: true, actor: 'cleo', siteId })

const mac = '52:54:00:00:00:02'

await t.test('a maker that tells it from a node of the same serial stays', async (t) => {
  const site = await fresh(t)
  await importing(site, 'import-0', [
    { serial: 'S-1', name: 'one' },
    { serial: 'S-2', name: 'two', manufacturer: 'Lenovo' },
    { serial: 'S-3', name: 'three' },
  ])
  await importing(site, 'import-1', [
    { serial: 'S-1', manufacturer: 'Dell' },
    { serial: 'S-2', product: 'new' },
    { serial: 'S-3', manufacturer: 'Dell' },
  ])
  await create(site, { name: 'twin', serial: 's-1', manufacturer: 'HP' })
  await create(site, { name: 'other', serial: 'S-2', manufacturer: 'HP' })
  const because = [{ kind: 'changed', reason: 'maker', names: ['one'], rows: [2] }]
  for (const dryRun of [true, false]) t.match(await undo(site, 'import-1', dryRun), { restored: 2, left: 1, because })
  t.match(await getNode(site.db, 'one'), { manufacturer: 'Dell' })
  t.match(await getNode(site.db, 'two'), { product: null }, 'its maker is what it was all the time')
  t.match(await getNode(site.db, 'three'), { manufacturer: null }, 'nothing else has its serial')
})

await t.test(
  'a twin that goes with the import, or has a serial that it gave, keeps nothing from being undone',
  async (t) => {
    const site = await fresh(t)
    await importing(site, 'import-0', [
      { serial: 'S-1', name: 'one' },
      { mac, name: 'two', manufacturer: 'Lenovo' },
    ])
    await importing(site, 'import-1', [
      { serial: 'S-1', manufacturer: 'Dell' },
      { serial: 'S-2', mac, manufacturer: 'Fujitsu' },
    ])
    t.match(await getNode(site.db, 'two'), { serial: 'S-2', manufacturer: 'Fujitsu' })
    await importing(site, 'import-2', [{ serial: 'S-1', name: 'twin', manufacturer: 'HP' }])
    await create(site, { name: 'other', serial: 'S-2', manufacturer: 'Lenovo' })
    // As one import of both would have left them.
    await site.db.importNode.updateMany({ where: { importId: 'import-2' }, data: { importId: 'import-1' } })
    const expected = { deleted: 1, restored: 2, left: 0 }
    for (const dryRun of [true, false]) t.match(await undo(site, 'import-1', dryRun), expected)
    t.match(await getNode(site.db, 'one'), { manufacturer: null })
    t.match(await getNode(site.db, 'two'), { serial: null, manufacturer: 'Lenovo' })
  },
)
