import { type ImportUndo, NodeInput, NodePatch } from '@eims/contracts'
import t from 'tap'
import {
  beginImport,
  createBatch,
  createNode,
  type Db,
  deleteNode,
  deleteProfile,
  endImport,
  fillIdentifiers,
  findImport,
  forgetProvisional,
  getNode,
  holdNode,
  listImports,
  mergeNodes,
  newId,
  noteInterrupted,
  openBackupSource,
  patchNode,
  splitNode,
  undoImport,
  writeChanges,
} from '../src/index.ts'
import { addProfile, type FreshDatabase, startDatabases } from './fresh-database.ts'
import { importing } from './importing.ts'

// Promise: undoing an import takes back what it did to nodes that nobody has touched since, and touches no other.

const fresh = await startDatabases(t)

const named = (db: Db, ...names: string[]) => Promise.all(names.map((name) => getNode(db, name)))
const names = async (db: Db) => (await db.node.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name)
const undo = ({ registry }: FreshDatabase, id: string, dryRun = false) =>
  undoImport(registry, id, { actor: 'bob', dryRun })
const reasons = ({ because }: ImportUndo) =>
  because.map(({ kind, reason, names }) => `${kind} ${reason} ${names.join()}`)
const nodeId = async (db: Db, name: string) => (await getNode(db, name)).id

/** Whatever touches a node: what must be told of it, and how it comes about. */
const touches: Record<string, { reason: string; touch: (site: FreshDatabase, name: string) => Promise<unknown> }> = {
  'changed by a person': {
    reason: 'changed',
    touch: ({ db }, name) => patchNode(db, name, NodePatch.parse({ metadata: { rack: '1' } }), 'cleo'),
  },
  'given another MAC by a person': {
    reason: 'changed',
    touch: ({ db }, name) => patchNode(db, name, NodePatch.parse({ macs: ['52:54:00:00:00:77'] }), 'cleo'),
  },
  'made to forget what its machine said': {
    reason: 'changed',
    touch: async ({ db }, name) => {
      const id = await nodeId(db, name)
      await fillIdentifiers(db, id, { macs: ['52:54:00:00:00:66'] }, 'machine')
      await forgetProvisional(db, id, 'cleo')
    },
  },
  held: { reason: 'changed', touch: ({ db }, name) => holdNode(db, name, 'waits for a part', 'cleo') },
  split: {
    reason: 'changed',
    touch: ({ db }, name) =>
      splitNode(
        db,
        name,
        { identifiers: { macs: ['52:54:00:00:00:01'] }, name: 'split-off', reason: 'two machines' },
        'cleo',
      ),
  },
  merged: {
    reason: 'changed',
    touch: async ({ db, siteId }, name) => {
      await createNode(db, {
        input: NodeInput.parse({ name: 'other', serial: 'O-1' }),
        registered: true,
        actor: 'cleo',
        siteId,
      })
      await mergeNodes(db, name, { from: 'other', reason: 'one machine' }, 'cleo')
    },
  },
  'changed by another import': {
    reason: 'imported',
    touch: (site) => importing(site, newId(), [{ serial: 'N-1', product: 'later' }]),
  },
  heard: {
    reason: 'seen',
    touch: async ({ db }, name) => writeChanges(db, { node: { id: await nodeId(db, name), seen: true } }),
  },
  'seen by DHCP': {
    reason: 'seen',
    touch: ({ db }) =>
      db.event.create({
        data: { kind: 'dhcp.discover', at: new Date(), lastAt: new Date(), mac: '52:54:00:00:00:01', message: 'x' },
      }),
  },
  booting: {
    reason: 'seen',
    touch: async ({ db }, name) => {
      const nodeIdOf = await nodeId(db, name)
      await db.bootSession.create({
        data: { id: newId(), nodeId: nodeIdOf, tokenHash: 'x', identity: {}, expiresAt: new Date() },
      })
    },
  },
  'given a run': {
    reason: 'run',
    touch: async ({ db }, name) => {
      const [node, instance] = [await nodeId(db, name), newId()]
      await db.instance.create({
        data: {
          id: instance,
          nodeId: node,
          state: 'FAILED',
          desiredState: 'RUNNING',
          status: {},
          statusIndicator: 'IDLE',
        },
      })
      await db.run.create({ data: { id: newId(), nodeId: node, instanceId: instance, state: 'PENDING' } })
    },
  },
  removed: { reason: 'gone', touch: ({ db }, name) => deleteNode(db, name, 'cleo') },
}

await t.test('nodes that an import made are removed, but for those that were touched since', async (t) => {
  for (const [what, { reason, touch }] of Object.entries(touches)) {
    const site = await fresh(t)
    const { db } = site
    await importing(site, 'import-1', [
      { serial: 'N-1', mac: '52:54:00:00:00:01', name: 'touched' },
      { serial: 'N-2', mac: '52:54:00:00:00:02', name: 'not-touched' },
    ])
    await touch(site, 'touched')
    const undone = await undo(site, 'import-1')
    t.match(undone, { id: 'import-1', file: 'list.csv', by: 'bob', deleted: 1, restored: 0, left: 1 }, what)
    t.match(undone.because, [{ kind: 'created', reason, count: 1, rows: [2] }], what)
    const left = await names(db)
    t.equal(left.includes('touched'), reason !== 'gone', `${what}: it stays`)
    t.notOk(left.includes('not-touched'), `${what}: the other one is removed`)
  }
})

await t.test('nodes that an import changed are what they were, but for those that were touched since', async (t) => {
  for (const [what, { reason, touch }] of Object.entries(touches)) {
    const site = await fresh(t)
    const { db, siteId } = site
    const profile = await addProfile(db, siteId)
    const old = { product: 'old', metadata: { rack: '9' } }
    await importing(site, 'import-0', [
      { serial: 'N-1', mac: '52:54:00:00:00:01', name: 'touched', ...old },
      { serial: 'N-2', name: 'was', ...old },
    ])
    const before = await getNode(db, 'was')
    await importing(site, 'import-1', [
      { serial: 'N-1', mac: '52:54:00:00:00:11', product: 'new' },
      {
        serial: 'N-2',
        mac: '52:54:00:00:00:12',
        name: 'is',
        product: 'new',
        profileId: profile.id,
        metadata: { a: 'b' },
      },
    ])
    t.match(await getNode(db, 'is'), { product: 'new', metadata: { rack: '9', a: 'b' }, macs: ['52:54:00:00:00:12'] })
    await touch(site, 'touched')
    const undone = await undo(site, 'import-1')
    t.match(undone, { deleted: 0, restored: 1, left: 1, because: [{ kind: 'changed', reason, rows: [2] }] }, what)
    t.same(await getNode(db, 'was'), before, `${what}: the other one is as before, its identifiers too`)
    if (reason !== 'gone') t.match(await getNode(db, 'touched'), { product: /new|later/ }, `${what}: it stays`)
  }
})

await t.test('imports are undone one after the other, the last one first', async (t) => {
  const site = await fresh(t)
  const { db } = site
  await importing(site, 'import-1', [{ serial: 'N-1', name: 'one', product: 'a' }])
  await importing(site, 'import-2', [{ serial: 'N-1', product: 'b' }])
  await importing(site, 'import-3', [{ serial: 'N-1', product: 'c' }])
  t.same(reasons(await undo(site, 'import-2')), ['changed imported one'])
  await undo(site, 'import-3')
  t.match(await getNode(db, 'one'), { product: 'b' })
  t.match(await undo(site, 'import-2'), { restored: 1, left: 0 }, 'tried again, as nothing had been undone')
  t.match(await undo(site, 'import-1'), { deleted: 1, left: 0 })
  t.same(await names(db), [])
})

await t.test(
  'a machine that had appeared by itself is that again, and what it said is provisional again',
  async (t) => {
    const site = await fresh(t)
    const { db, siteId } = site
    const input = NodeInput.parse({ serial: 'N-1', macs: ['52:54:00:00:00:01'], name: 'found' })
    const { id } = await createNode(db, { input, registered: false, actor: 'dhcp', siteId })
    await db.nodeIdentifier.updateMany({ where: { nodeId: id, kind: 'mac' }, data: { provisional: true } })
    const before = await getNode(db, id)
    t.match(before, { registered: false, provisional: ['52:54:00:00:00:01'] })
    await importing(site, 'import-1', [{ serial: 'N-1', mac: '52:54:00:00:00:01', name: 'mine' }])
    t.match(await getNode(db, id), { name: 'mine', registered: true, provisional: [] })
    t.match(await undo(site, 'import-1'), { deleted: 0, restored: 1, left: 0 })
    t.same(await getNode(db, id), before)
  },
)

await t.test('what cannot be given back stays: a name that is taken, a profile that is no more', async (t) => {
  const site = await fresh(t)
  const { db, siteId } = site
  const [kept, gone] = [await addProfile(db, siteId, 'kept'), await addProfile(db, siteId, 'gone')]
  const batch = await createBatch(db, siteId, { name: 'lot', note: null, expected: null })
  await importing(site, 'import-1', [
    { serial: 'N-1', name: 'one' },
    { serial: 'N-2', name: 'two', profileId: gone.id },
    { serial: 'N-3', name: 'three' },
  ])
  await db.node.updateMany({ where: { name: 'three' }, data: { batchId: batch.id } })
  await importing(site, 'import-2', [
    { serial: 'N-1', name: 'uno' },
    { serial: 'N-2', profileId: kept.id },
    { serial: 'N-3', product: 'x' },
  ])
  await createNode(db, {
    input: NodeInput.parse({ name: 'one', serial: 'X-123' }),
    registered: true,
    actor: 'c',
    siteId,
  })
  await deleteProfile(db, 'gone')
  await db.batch.deleteMany()
  const undone = await undo(site, 'import-2')
  t.same(reasons(undone).sort(), ['changed name uno', 'changed reference two'])
  t.match(undone, { restored: 1, left: 2 }, 'a batch that is no more is no batch')
  t.match(await named(db, 'uno', 'two', 'three'), [
    { name: 'uno' },
    { profile: 'kept' },
    { product: null, batch: null },
  ])
})

await t.test('equal reasons are one entry with a count, the first rows and names', async (t) => {
  const site = await fresh(t)
  const { db } = site
  const rows = Array.from({ length: 30 }, (_, row) => ({ serial: `N-${row}`, name: `n-${row}` }))
  await importing(site, 'import-1', rows)
  await db.node.updateMany({ where: { name: { not: 'n-3' } }, data: { product: 'by hand' } })
  const { because, ...counts } = await undo(site, 'import-1')
  t.match(counts, { deleted: 1, restored: 0, left: 29 })
  t.equal(because.length, 1)
  t.match(because, [{ count: 29, message: 'was changed since' }])
  t.equal(because[0]!.rows.length, 20)
  t.match(because[0]!.names.slice(0, 4), ['n-0', 'n-1', 'n-2', 'n-4'])
})

await t.test('a dry run says the same and changes nothing; what was undone says so', async (t) => {
  const site = await fresh(t)
  const { db } = site
  await importing(site, 'import-1', [
    { serial: 'N-1', name: 'one' },
    { serial: 'N-2', name: 'two' },
  ])
  await holdNode(db, 'one', 'waits for a part', 'cleo')
  const dry = await undo(site, 'import-1', true)
  t.match(dry, { dryRun: true, deleted: 1, left: 1 })
  t.same(await names(db), ['one', 'two'])
  t.match((await findImport(db, 'import-1'))?.record, { undoable: true, undo: null })
  const { at: _, ...done } = await undo(site, 'import-1')
  const { at: __, ...said } = dry
  t.same(done, { ...said, dryRun: false })
  t.match((await findImport(db, 'import-1'))?.record, { undoable: false, undo: done })
  for (const dryRun of [true, false])
    await t.rejects(undo(site, 'import-1', dryRun), { code: 'wrong-state', message: /was undone by bob at 2/ })
  t.match(await db.audit.findFirst({ where: { action: 'import.undo' } }), {
    subject: 'import-1',
    subjectName: 'list.csv',
  })
  const events = await db.event.findMany({
    where: { data: { path: ['import'], equals: 'import-1' } },
    orderBy: { id: 'asc' },
  })
  t.match(events.at(-1), { kind: 'node.deleted', message: 'bob undid the import of list.csv' })
})

await t.test('what wrote nothing, is under way or unknown is not undone, nor beside an import', async (t) => {
  const site = await fresh(t)
  const { registry, db } = site
  const begun = { file: null, actor: 'ann', batch: null, serverId: 'one' }
  await beginImport(db, { id: 'running-1', ...begun })
  await t.rejects(beginImport(db, { id: 'running-1', ...begun }), { code: 'already-exists' })
  await beginImport(db, { id: 'cancelled-1', ...begun })
  await endImport(db, 'cancelled-1', { state: 'cancelled', bytes: 7 })
  await t.rejects(undo(site, 'running-1'), { code: 'wrong-state', message: /under way; cancel it/ })
  await t.rejects(undo(site, 'cancelled-1'), { code: 'wrong-state', message: /changed nothing/ })
  await t.rejects(undo(site, 'no-such-import'), { code: 'not-found' })
  await importing(site, 'import-1', [{ serial: 'N-1' }])
  await registry.transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('eims import'))`
    await t.rejects(undo(site, 'import-1'), { code: 'wrong-state', message: /is under way; undo it after that/ })
  })
  t.match(await undo(site, 'import-1'), { deleted: 1 })
})

await t.test(
  'the history: newest first, found by the beginning of an id; what nobody is at was interrupted',
  async (t) => {
    const site = await fresh(t)
    const { db, url } = site
    const ids = ['aaaaaaaa-1', 'aaaaaaaa-2', 'bbbbbbbb-1', 'cccccccc-1']
    for (const [index, id] of ids.entries())
      await beginImport(db, {
        id,
        file: `${id}.csv`,
        actor: 'ann',
        batch: 'lot',
        serverId: index === 2 ? 'two' : 'one',
      })
    await db.server.create({
      data: { id: 'two', name: 'two', urls: [], version: '1', startedAt: new Date(), seenAt: new Date() },
    })
    await noteInterrupted(db, 'one', ['cccccccc-1'])
    const { items, total } = await listImports(db, { pageSize: 3 })
    t.equal(total, 4)
    t.match(
      items.map(({ id, state, file, endedAt }) => [id, state, file, endedAt]),
      [
        ['cccccccc-1', 'running', 'cccccccc-1.csv', null],
        ['bbbbbbbb-1', 'running', 'bbbbbbbb-1.csv', null],
        ['aaaaaaaa-2', 'interrupted', 'aaaaaaaa-2.csv', null],
      ],
      'one that runs here and one of a server that is there are not',
    )
    const of = async (filter: string) => (await listImports(db, { pageSize: 9, filter })).items.map(({ id }) => id)
    t.same(await of('state = running AND file = b*'), ['bbbbbbbb-1'])
    t.equal((await findImport(db, 'bbbbbbbb'))?.record.id, 'bbbbbbbb-1')
    t.equal(await findImport(db, 'bbbbbbb'), null, 'seven characters are too few')
    t.equal(await findImport(db, 'bbbbbbb%'), null)
    await t.rejects(findImport(db, 'aaaaaaaa'), { code: 'invalid-input', message: /Several imports/ })
    await using source = await openBackupSource(url)
    t.ok(source.schema.tables.import && source.schema.tables.import_node, 'a backup has the history')
  },
)
