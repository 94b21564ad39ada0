import { AdoptInput, NodeInput, type ProblemError } from '@eims/contracts'
import { waitingForLocks } from '@eims/lab'
import { adoptNode, createNode, ensureSite, importIdentifiers, importNodes, lockNode } from '@eims/registry'
import t from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, type Site } from './support/site.ts'

const databases = await startDatabases(t)

async function add(site: Site, input: object) {
  const { id: siteId } = await ensureSite(site.db)
  return createNode(site.db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
}
const list = (rows: number, offset = 0) =>
  `serial\n${Array.from({ length: rows }, (_, row) => `M-${row + offset}\n`).join('')}`

await t.test(
  'imports and registrations that cross each other: every machine once, every one of them there',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    const singles = Array.from({ length: 20 }, (_, number) =>
      add(site, { serial: `M-${number * 20}` }).catch((error: unknown) => error),
    )
    const [one, two, ...others] = await Promise.all([
      importCsv(site, list(300), { mode: 'partial' }),
      importCsv(site, list(300, 200), { mode: 'partial', onExisting: 'update' }),
      ...singles,
    ])
    t.match([one, two], [{ failed: 0 }, { failed: 0 }])
    const refused = others.filter((other) => other instanceof Error)
    t.same(
      refused.filter((error) => (error as ProblemError).code !== 'already-exists'),
      [],
    )
    const { items } = await site.api('listNodes', { query: { pageSize: 1000 } })
    t.equal(items.length, 500)
    t.equal(new Set(items.map(({ serial }) => serial)).size, 500)
  },
)

await t.test(
  'a row that is another transaction’s at the same time is waited for, and judged by what it left',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    const node = await add(site, { serial: 'N-1', name: 'old' })
    let importing: ReturnType<typeof importCsv> | undefined
    await site.engine.registry.transaction(async (tx) => {
      await lockNode(tx, node.id)
      importing = importCsv(site, 'serial,name\nN-1,new\n', { onExisting: 'update' })
      await waitingForLocks(site.db, 1)
      await tx.node.update({ where: { id: node.id }, data: { product: 'meanwhile' } })
    })
    t.match(await importing, { updated: 1, committed: true })
    t.match(await site.api('getNode', { params: { id: node.id } }), { name: 'new', product: 'meanwhile' })
  },
)

await t.test(
  'a machine that is registered between the judging and the writing makes the import judge again',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    const { id: siteId } = await ensureSite(site.db)
    let importing: ReturnType<typeof importCsv> | undefined
    await site.engine.registry.transaction(async (tx) => {
      const input = NodeInput.parse({ serial: 'P-1', name: 'first' })
      await createNode(tx, { input, registered: true, actor: 'ann', siteId })
      importing = importCsv(site, 'serial\nP-1\nP-2\n')
      await waitingForLocks(site.db, 1)
    })
    t.match(await importing, { created: 1, unchanged: 1, committed: true })
  },
)

await t.test('a machine that is adopted while an import judges it is judged again', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { id: siteId } = await ensureSite(site.db)
  const input = NodeInput.parse({ serial: 'R-1', name: 'found' })
  const { id } = await createNode(site.db, { input, registered: false, actor: 'dhcp', siteId })
  let importing: ReturnType<typeof importCsv> | undefined
  await site.engine.registry.transaction(async (tx) => {
    await adoptNode(tx, id, AdoptInput.parse({ name: 'adopted' }), 'ann')
    importing = importCsv(site, 'serial,name\nR-1,imported\n')
    await waitingForLocks(site.db, 1)
  })
  t.match(await importing, { committed: false, created: 0, problems: [{ code: 'already-registered' }] })
  t.match(await site.api('getNode', { params: { id } }), { name: 'adopted' })
})

await t.test('who would adopt a machine between the judging and the writing waits for the import', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { registry } = site.engine
  const { id: siteId } = await ensureSite(site.db)
  const input = NodeInput.parse({ serial: 'S-1', name: 'found' })
  const { id } = await createNode(site.db, { input, registered: false, actor: 'dhcp', siteId })
  const row = { manufacturer: null, product: null, profileId: null, batchId: null, accountId: null, disk: null }
  const said = importIdentifiers({ serial: { value: 'S-1', column: 'serial' }, uuid: null, macs: [] })
  let adopting: Promise<unknown> | undefined
  const verdict = await importNodes(
    registry,
    {
      dryRun: false,
      mode: 'atomic',
      onExisting: 'fail',
      strict: false,
      siteId,
      actor: 'bob',
      subject: 'import-1',
      note: {},
    },
    {
      async *rows() {
        yield { row: 2, name: 'imported', ...row, metadata: null, secure: false, warnings: [], ...said }
      },
      outcome: () => ({ columns: { name: 'name', secure: 'secure' }, newBatches: [], broken: false }),
      async judged() {
        adopting = registry
          .transaction((tx) => adoptNode(tx, id, AdoptInput.parse({ name: 'adopted' }), 'ann'))
          .catch((error: unknown) => error)
        await Promise.race([adopting, waitingForLocks(site.db, 1)])
      },
      onStage: () => {},
    },
  )
  t.match(verdict, { commits: true, created: 1 })
  t.match(await adopting, { code: 'wrong-state' })
  const { events } = await site.api('nodeTimeline', { params: { id } })
  t.equal(events.filter(({ kind }) => kind === 'node.registered').length, 1)
  t.match(await site.api('getNode', { params: { id } }), { name: 'imported', registered: true })
})

await t.test('a machine that is registered between the judging and the writing is not made twice', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { id: siteId } = await ensureSite(site.db)
  const row = { manufacturer: null, product: null, profileId: null, batchId: null, accountId: null, disk: null }
  const said = importIdentifiers({ serial: { value: 'T-1', column: 'serial' }, uuid: null, macs: [] })
  let judgements = 0
  const verdict = await importNodes(
    site.engine.registry,
    {
      dryRun: false,
      mode: 'atomic',
      onExisting: 'skip',
      strict: false,
      siteId,
      actor: 'bob',
      subject: 'import-1',
      note: {},
    },
    {
      async *rows() {
        yield { row: 2, name: 'imported', ...row, metadata: null, secure: false, warnings: [], ...said }
      },
      outcome: () => ({ columns: { name: 'name', secure: 'secure' }, newBatches: [], broken: false }),
      async judged() {
        if (judgements++ === 0) await add(site, { serial: 'T-1', name: 'single' })
      },
      onStage: () => {},
    },
  )
  t.match(verdict, { created: 0, skipped: 1 })
  t.equal(judgements, 2)
  t.match(await site.api('listNodes', { query: {} }), { total: 1, items: [{ name: 'single' }] })
})

await t.test('a database that goes away in the middle is said as such, and the service goes on', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const node = await add(site, { serial: 'Q-1', name: 'old' })
  const importing = site.engine.registry
    .transaction(async (tx) => {
      await lockNode(tx, node.id)
      const refused = t.rejects(importCsv(site, 'serial,name\nQ-1,new\n', { onExisting: 'update' }), {
        code: 'database-down',
      })
      await waitingForLocks(site.db, 1)
      await databases.stop()
      await refused
    })
    .catch(() => {})
  await importing
  await databases.start()
  t.match(await importCsv(site, 'serial,name\nQ-1,new\n', { onExisting: 'update' }), { updated: 1 })
})
