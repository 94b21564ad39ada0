import { ApplyInput, NodeInput } from '@eims/contracts'
import t from 'tap'
import { applyAll, createNode, fillIdentifiers, getNode } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

// Promise: what a machine added by itself and a file gives, too, is provisional no more; what the file does not give stays.

const fresh = await startDatabases(t)
const by = { actor: 'ann', readyConfigs: async () => (_: unknown, text: string) => text }
const [own, dock, second] = ['52:54:00:aa:00:01', '52:54:00:aa:00:02', '52:54:00:aa:00:03'] as const

await t.test('identifiers that are given are confirmed, and that is told', async (t) => {
  const { registry, db, siteId } = await fresh(t)
  const apply = (node: object, dryRun = false) => applyAll(registry, ApplyInput.parse({ nodes: [node], dryRun }), by)
  const input = NodeInput.parse({ name: 'a', macs: [own] })
  const { id } = await createNode(db, { input, registered: true, actor: 'ann', siteId })
  await fillIdentifiers(db, id, { serial: 'S-1', macs: [dock] }, 'machine')
  t.same((await getNode(db, id)).provisional.toSorted(), [dock, 'S-1'])

  t.match(await apply({ name: 'a', macs: [own, dock, second] }), { applied: true, nodes: [{ result: 'changed' }] })
  t.match(await getNode(db, id), { macs: [own, dock, second], provisional: ['S-1'] }, 'that one beside a new MAC')
  await fillIdentifiers(db, id, { uuid: '11111111-2222-3333-4444-555555555555', macs: [] }, 'machine')

  await apply({ name: 'a', manufacturer: 'Dell' })
  t.equal(
    (await getNode(db, id)).provisional.length,
    2,
    'neither is given, though the maker’s serials are judged again',
  )

  const uuid = (await getNode(db, id)).uuid
  const change = { field: 'provisional', from: [/./, /./], to: [uuid] }
  const said = { name: 'a', serial: 'S-1', manufacturer: 'HP' }
  t.match(await apply(said, true), { nodes: [{ result: 'changed', changes: [change, { field: 'manufacturer' }] }] })
  t.equal((await getNode(db, id)).provisional.length, 2, 'a dry run changes nothing')
  t.match(await apply(said), { nodes: [{ result: 'changed', changes: [change, { field: 'manufacturer' }] }] })
  t.same((await getNode(db, id)).provisional, [uuid])

  const last = { result: 'changed', changes: [{ field: 'provisional', from: [uuid], to: [] }] }
  t.match(await apply({ name: 'a', uuid, macs: [own, dock, second] }), { nodes: [last] }, 'it alone is a change')
  t.match(await getNode(db, id), { serial: 'S-1', uuid, provisional: [] })
  t.match(await db.audit.findFirst({ orderBy: { id: 'desc' } }), { action: 'node.patch', after: { provisional: [] } })
  t.match(await apply({ name: 'a', serial: 'S-1', uuid }), { nodes: [{ result: 'unchanged' }] })
})
