import t from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// Promise: undoing an import removes nodes, so an operator undoes imports of their own, an administrator those of all.

const { fresh } = await startDatabases(t)

await t.test('an import of another key is undone by an administrator only', async (t) => {
  const site = await openSite(t, await fresh(t))
  const operator = site.client(site.admin, site.keys.operator)
  const theirs = await site.api(
    'importNodes',
    { query: {} },
    { rawBody: new Uint8Array(Buffer.from('serial\nA-1\n')), contentType: 'text/csv' },
  )
  const own = await importCsv(site, 'serial\nB-1\n')
  const refused = {
    code: 'forbidden',
    message: /the import is of "admin".* needs the role admin, the key "operator" has/,
  }
  for (const dryRun of ['true', 'false'] as const)
    await t.rejects(operator('undoImport', { params: { id: theirs.id }, query: { dryRun } }), refused)
  t.equal(await site.db.node.count(), 2)
  await t.rejects(operator('undoImport', { params: { id: 'nothing-there' }, query: {} }), { code: 'not-found' })
  t.match(await operator('undoImport', { params: { id: own.id.slice(0, 8) }, query: {} }), { deleted: 1 })
  t.match(await site.api('undoImport', { params: { id: theirs.id }, query: {} }), { deleted: 1, by: 'admin' })

  const again = await importCsv(site, 'serial\nB-1\n')
  t.match(
    await site.api('undoImport', { params: { id: again.id }, query: {} }),
    { deleted: 1 },
    'an operator’s, by an administrator',
  )
})
