import { randomUUID } from 'node:crypto'
import { NodeInput } from '@eims/contracts'
import { createNode, ensureSite, mergeNodes } from '@eims/registry'
import t from 'tap'
import { readHeader } from '../src/imports/header.ts'
import { readRow } from '../src/imports/read-row.ts'
import { codes, getText, importCsv, names } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, rowCounts } from './support/site.ts'

const databases = await startDatabases(t)

await t.test('texts that PostgreSQL refuses are problems of their rows, not of the server', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await rowCounts(site)
  const marked = await importCsv(site, Buffer.from('serial,name\nA-1,one\n', 'utf16le'))
  t.match(marked, { committed: false, problems: [{ row: 1, code: 'broken-csv', message: /UTF-16 without its byte/ }] })
  t.match(await importCsv(site, 'serial,MAC\0 1\nA-1,zz\n'), { problems: [{ column: 'MAC\uFFFD 1' }] })
  t.match(await importCsv(site, 'serial\nA-1,x\0y\n'), { problems: [{ code: 'too-many-cells', value: 'x\uFFFDy' }] })
  const cut = await importCsv(site, `serial\n${'x'.repeat(199)}\u{1F600}\n`)
  t.match(cut, { problems: [{ code: 'invalid-serial', value: `${'x'.repeat(199)}\uFFFD` }] })
  t.match(await importCsv(site, `serial\nA-1,${'x'.repeat(199)}\u{1F600}\n`), {
    problems: [{ code: 'too-many-cells' }],
  })
  t.same(await rowCounts(site), before)
})

const read = (head: string[], cells: string[]) => readRow(cells, 2, readHeader(head).header, names, {})!

await t.test('what a report repeats of a row is bounded, whatever stands in it', (t) => {
  const macs = read(['serial', 'mac'], ['A-1', 'zz;'.repeat(30_000)])
  t.equal(macs.problems.length, 65)
  t.match(macs.problems[0], { code: 'invalid-mac', message: /more than 64 MACs/ })
  const columns = Array.from({ length: 90 }, (_, place) => `mac${place}`)
  const many = read(['serial', ...columns], ['A-1', ...columns.map(() => '52:54:00:00:00:01')])
  t.equal(many.problems.length, 1, 'columns count together')
  const long = 'k'.repeat(50_000)
  const row = read(
    [`serial${'!'.repeat(9000)}`, 'metadata', 'disk'],
    ['\u00e9'.repeat(9000), `${long}=1`, `match=x&${long}=y`],
  )
  t.same(
    row.problems.map(({ code }) => code),
    ['invalid-serial', 'invalid-disk', 'invalid-metadata'],
  )
  for (const { column, value, message } of row.problems) {
    t.ok(column.length <= 100, `column of ${column.length}`)
    t.ok(value.length <= 200)
    t.ok(message.length <= 500, `message of ${message.length}`)
  }
  const { header } = readHeader(['serial', long])
  t.equal(header.unknown[0]?.length, 100)
  t.equal(header.names[1], long, 'the error file has it whole')
  for (const problem of readHeader([`serial${'!'.repeat(9000)}`, `sn${'?'.repeat(9000)}`]).problems) {
    t.ok(problem.column.length <= 100)
    t.ok(problem.message.length <= 200)
  }
  t.end()
})

await t.test('a cell of 30,000 bad MACs costs no more than its row', { timeout: 20_000 }, async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = `serial,mac\n${`A-1,${'zz;'.repeat(30_000)}\n`.repeat(5)}`
  const report = await importCsv(site, file)
  t.equal(report.problemsTotal, 5 * 65 + 4)
})

await t.test('an export comes back the same: no-break spaces, nodes with two serials', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { id: siteId } = await ensureSite(site.db)
  const add = (input: object) =>
    createNode(site.db, { input: NodeInput.parse(input), registered: true, actor: 'ann', siteId })
  const text = 'a\u00a0b'
  const { id } = await add({ serial: 'Z-1', metadata: { note: text }, product: text, manufacturer: text })
  const other = await add({ serial: 'A-2' })
  await mergeNodes(site.db, id, { from: other.id, reason: 'one machine' }, 'ann')
  const exported = (await getText(site, '/api/v1/export.csv')).text
  t.match(exported.split('\n')[1], /^Z-1,.*note=a\u00a0b/, 'of two serials the one that the node shows')
  const before = await rowCounts(site)
  t.match(await importCsv(site, exported, { onExisting: 'update' }), { unchanged: 1, updated: 0, problems: [] })
  t.same(await rowCounts(site), before)
  t.match(await importCsv(site, 'serial,mac\nB\u00a02,52:54:00:00:00:01\u00a052:54:00:00:00:02\n'), { created: 1 })
})

await t.test('before and after of each machine stand in its event', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = 'serial,mac,metadata,product\nA-1,,rack=1,old\nA-2,,,\n'
  await importCsv(site, file, { batch: 'one' })
  const [node] = (await site.api('listNodes', { query: { filter: 'serial = A-1' } })).items
  const changed = 'serial,mac,metadata,product,batch\nA-1,52:54:00:00:00:01,rack=2&row=7,old,two\n'
  const { id } = await importCsv(site, changed, { onExisting: 'update' })
  const { events } = await site.api('nodeTimeline', { params: { id: node!.id } })
  t.same(events.at(-1)?.data, {
    import: id,
    row: 2,
    how: 'import',
    by: 'operator',
    was: { batch: 'one', metadata: { rack: '1' } },
    patch: { batch: 'two', metadata: { rack: '2', row: '7' }, identifiers: ['mac 52:54:00:00:00:01'] },
  })
})

await t.test('an Idempotency-Key that is a UUID is the import’s id', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const key = randomUUID()
  const post = (idempotencyKey: string, query = '') =>
    fetch(`${site.admin}/api/v1/imports${query}`, {
      method: 'POST',
      body: 'serial\nA-1\n',
      headers: {
        authorization: `Bearer ${site.keys.operator}`,
        'content-type': 'text/csv',
        'idempotency-key': idempotencyKey,
      },
    })
  t.match(await (await post(key)).json(), { id: key, created: 1 })
  t.match(await (await post(key)).json(), { code: 'already-exists' })
  const id = randomUUID()
  t.match(await (await post(key, `?id=${id}`)).json(), { id })
  t.equal((await post('monday')).status, 200)
})

await t.test('a filter that says “registered” in a text does not speak of the field', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const { id: siteId } = await ensureSite(site.db)
  const input = NodeInput.parse({ serial: 'A-1', product: 'registered' })
  await createNode(site.db, { input, registered: false, actor: 'dhcp', siteId })
  const rows = async (filter: string) =>
    (await getText(site, `/api/v1/export.csv?filter=${encodeURIComponent(filter)}`)).text.split('\n').length - 2
  t.equal(await rows('product = registered'), 0)
  t.equal(await rows('NOT (product = x OR registered = true)'), 1)
  t.same(codes(await importCsv(site, 'serial\nA-1\n', { dryRun: 'true' })), [])
})
