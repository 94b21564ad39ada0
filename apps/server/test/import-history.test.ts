import { randomUUID } from 'node:crypto'
import { until, waitingForLocks } from '@eims/lab'
import t from 'tap'
import { fileName } from '../src/imports/file-name.ts'
import { getText, importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { openSite, rowCounts, type Site } from './support/site.ts'

// Promise: what imports did stands in the registry, also long after, and can be taken back.

const databases = await startDatabases(t)

const post = (site: Site, path: string, key = site.keys.operator, headers: Record<string, string> = {}) =>
  fetch(`${site.admin}/api/v1/imports/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
  })
const history = async (site: Site, filter?: string) =>
  (await site.api('listImports', { query: filter === undefined ? {} : { filter } })).items

await t.test('an import is told the same by a server that was not there when it ran', async (t) => {
  const registry = await databases.fresh(t)
  const site = await openSite(t, registry)
  const good = await importCsv(site, 'serial\nA-1\nA-2\n', { file: 'good.csv', batch: 'lot' })
  const bad = await importCsv(site, 'serial,mac\nA-3,\n,x\n', { file: 'bad.csv' })
  await importCsv(site, 'serial\nA-4\n', { file: 'dry.csv', dryRun: 'true' })
  await t.rejects(importCsv(site, 'serial\nA-5\n', { file: 'wrong.csv', profile: 'nobody' }), { code: 'invalid-input' })
  await importCsv(site, 'serial\nA-1\n', { file: 'again.csv' })
  t.match((await site.api('getImport', { params: { id: bad.id } })).report, bad, 'as long as it runs, as it was')
  t.equal((await getText(site, `/api/v1/imports/${bad.id}/errors.csv`)).status, 200)

  const later = await openSite(t, registry)
  t.match(await history(later), [
    { file: 'again.csv', state: 'done', committed: true, counts: { created: 0, unchanged: 1 }, undoable: false },
    {
      file: 'wrong.csv',
      state: 'failed',
      committed: false,
      counts: null,
      why: /^query.profile is no OS profile/,
      undoable: false,
    },
    { file: 'bad.csv', state: 'done', committed: false, counts: { failed: 1 }, undoable: false },
    {
      file: 'good.csv',
      actor: 'operator',
      batch: 'lot',
      counts: { created: 2 },
      undoable: true,
      sha256: /^[0-9a-f]{64}$/,
    },
  ])
  t.equal((await history(later)).length, 4, 'a dry run is none')
  t.equal((await history(later, 'committed = false')).length, 2)
  const read = await later.api('getImport', { params: { id: bad.id.slice(0, 8) } })
  t.match(read, { id: bad.id, rows: 2, fraction: 1, report: { ...bad, errorFile: null } }, 'by the beginning of its id')
  t.equal((await getText(later, `/api/v1/imports/${bad.id}/errors.csv`)).status, 404)
  await t.rejects(importCsv(later, 'serial\nA-9\n', { id: good.id }), { code: 'already-exists' })
  await t.rejects(later.api('listImports', { query: { filter: 'colour = red' } }), { code: 'invalid-input' })
  const { items } = await later.api('listAudit', { query: { filter: 'action = node.import' } })
  t.match(items, [{ subject: good.id, subjectName: 'good.csv' }])
})

await t.test('an import whose service ended in the middle was interrupted; one of another server runs', async (t) => {
  const registry = await databases.fresh(t)
  const site = await openSite(t, registry)
  const [dead, elsewhere] = [randomUUID(), randomUUID()]
  const data = { actor: 'ann', state: 'running', fileName: 'x.csv' }
  const seenAt = new Date()
  await site.db.server.create({
    data: { id: 'server-2', name: 'two', urls: [], version: '1', startedAt: seenAt, seenAt },
  })
  await site.db.importRecord.create({ data: { ...data, id: dead, serverId: 'server-1' } })
  await site.db.importRecord.create({ data: { ...data, id: elsewhere, serverId: 'server-2' } })
  const state = async (id: string) => (await site.api('getImport', { params: { id } })).state
  t.equal(await state(dead), 'interrupted')
  t.equal(await state(elsewhere), 'running')
  await t.rejects(site.api('cancelImport', { params: { id: elsewhere } }), {
    code: 'wrong-state',
    message: /runs at another server/,
  })
  await t.rejects(site.api('undoImport', { params: { id: dead } }), { code: 'wrong-state', message: /changed nothing/ })
})

await t.test('undo by REST: what was touched stays, once per Idempotency-Key, audited and told', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const list = 'serial,name\nB-1,one\nB-2,two\nB-3,three\n'
  const { id } = await importCsv(site, list, { file: 'list.csv' })
  await bootAgent(site.open, { serial: 'B-2' })
  const before = await rowCounts(site)
  t.match(await site.api('undoImport', { params: { id }, query: { dryRun: 'true' } }), {
    dryRun: true,
    deleted: 2,
    left: 1,
  })
  t.same(await rowCounts(site), before, 'a dry run changes nothing')
  t.equal((await post(site, `${id}/undo`, site.keys.viewer)).status, 403)
  t.match(await (await post(site, `${id}/undo?dryrun=true`)).json(), { detail: /did you mean dryRun/ })
  t.match(await (await post(site, `${id}/undo?dryRun=yes`)).json(), { code: 'invalid-input' })
  t.equal((await post(site, 'nothing-there/undo')).status, 404)

  const key = { 'idempotency-key': 'once' }
  const done = await (await post(site, `${id}/undo`, undefined, key)).json()
  t.match(done, { id, file: 'list.csv', by: 'operator', deleted: 2, restored: 0, left: 1 })
  t.match((done as { because: object[] }).because, [
    { kind: 'created', reason: 'seen', count: 1, rows: [3], names: ['two'] },
  ])
  const again = await post(site, `${id}/undo`, undefined, key)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.same(await again.json(), done)
  t.match(await (await post(site, `${id}/undo`)).json(), { code: 'wrong-state', detail: /was undone by operator at 2/ })

  t.match((await site.api('listNodes', { query: {} })).items, [{ name: 'two' }])
  t.match(await history(site, 'undone = true'), [{ id, undoable: false, undo: done }])
  const { items } = await site.api('listAudit', { query: { filter: 'action = import.undo' } })
  t.match(items, [{ actor: 'operator', subject: id, subjectName: 'list.csv', after: { deleted: 2, left: 1 } }])
  t.match(await site.db.event.findFirst({ where: { kind: 'import.undone' } }), {
    message: 'Import list.csv undone by operator',
  })
  t.match(await importCsv(site, list), { created: 2, unchanged: 1 }, 'and the file can be imported again')
})

await t.test('an import that is cancelled is called by its file in the audit log', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const id = randomUUID()
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('serial\nA-1\n')) })
  const query = { id, file: 'slow.csv' }
  const cut = t.rejects(site.api('importNodes', { query }, { rawBody: body, contentType: 'text/csv' }))
  await until(async () => (await site.api('getImport', { params: { id } }).catch(() => null))?.bytes)
  t.match(await site.api('cancelImport', { params: { id } }), { state: 'cancelled', file: 'slow.csv' })
  await cut
  const { items } = await site.api('listAudit', { query: { filter: 'action = import.cancel' } })
  t.match(items, [{ subject: id, subjectName: 'slow.csv' }])
  t.match(await history(site), [{ id, state: 'cancelled', counts: null, bytes: 11 }])
})

await t.test('an import waits for another one only while that runs, here or at another server', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { registry } = site.engine
  const state = async (id: string) => (await site.api('getImport', { params: { id } }).catch(() => null))?.state
  const [first, second] = [randomUUID(), randomUUID()]
  const ends: Promise<unknown>[] = []
  await registry.transaction(async (references) => {
    await registry.transaction(async (elsewhere) => {
      await elsewhere.$executeRaw`select pg_advisory_xact_lock(hashtext('eims import'))`
      ends.push(importCsv(site, 'serial\nA-1\n', { id: first }).catch(() => {}))
      await waitingForLocks(site.db, 1)
      t.equal(await state(first), 'waiting', 'for one at another server')
      ends.push(importCsv(site, 'serial\nA-2\n', { id: second }))
      await until(async () => (await state(second)) === 'waiting')
      ends.push(site.api('cancelImport', { params: { id: first } }))
      await references.$executeRaw`lock table account in access exclusive mode`
    })
    await until(async () => (await state(first)) === 'cancelled')
    await until(async () => (await state(second)) !== 'waiting')
    t.equal(await state(second), 'reading', 'its turn has come, though the database makes it wait')
  })
  await Promise.all(ends)
  t.equal(await state(second), 'done')
})

await t.test('a file is called what it is called, on one line and without folders', (t) => {
  t.equal(fileName('C:\\fakepath\\list.csv'), 'list.csv')
  t.equal(fileName('/home/ann/list \u202ecsv.exe\n'), 'list csv.exe')
  t.equal(fileName('\u001b[31m\u0000/'), null)
  t.equal(fileName(undefined), null)
  t.equal(fileName(`${'a'.repeat(300)}\ud83d`)?.length, 255)
  t.end()
})
