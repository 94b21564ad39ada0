import { randomUUID } from 'node:crypto'
import { ImportReport } from '@eims/contracts'
import { until, waitingForLocks } from '@eims/lab'
import t from 'tap'
import { codes, getText, importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, rowCounts, type Site } from './support/site.ts'

const databases = await startDatabases(t)

const post = (site: Site, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}, query = '') =>
  fetch(`${site.admin}/api/v1/imports${query}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${site.keys.operator}`, ...headers },
  })

await t.test('as a form with a file, as a browser sends it', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const form = new FormData()
  form.set('file', new File(['serial\nA-1\n'], 'list.csv', { type: 'application/vnd.ms-excel' }))
  const reply = await post(site, form)
  t.equal(reply.status, 200)
  t.match(ImportReport.parse(await reply.json()), { created: 1, committed: true })
  const empty = new FormData()
  empty.set('dryRun', 'true')
  t.match(await (await post(site, empty)).json(), { code: 'invalid-input', detail: 'the form holds no file' })
  t.match(await (await post(site, '{}', { 'content-type': 'application/json' })).json(), {
    code: 'unsupported-media-type',
  })
})

await t.test('a form holds the options as well, in front of the file or behind it', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await rowCounts(site)
  const send = async (fields: [string, string | File][], query = '') => {
    const form = new FormData()
    for (const [name, value] of fields) form.append(name, value)
    return (await (await post(site, form, {}, query)).json()) as Record<string, unknown>
  }
  const csv = (text: string): [string, File] => ['file', new File([text], 'list.csv', { type: 'text/csv' })]
  const id = randomUUID()
  t.match(await send([['id', id], ['dryRun', 'true'], csv('serial\nA-1\n')]), { id, dryRun: true, created: 1 })
  t.match(await send([csv('serial\nA-1\n'), ['dryRun', 'true'], ['mode', 'partial']]), {
    dryRun: true,
    mode: 'partial',
    committed: false,
  })
  const refused: [string, [string, string | File][], RegExp, string?][] = [
    ['unknown', [['dryrun', 'true'], csv('serial\nA-1\n')], /^body\.dryrun is no parameter .*did you mean dryRun\?$/],
    ['unknown, behind', [csv('serial\nA-1\n'), ['dryrun', 'true']], /^body\.dryrun is no parameter /],
    ['no value of it', [csv('serial\nA-1\n'), ['mode', 'half']], /^body\.mode /],
    ['twice', [['batch', 'a'], csv('serial\nA-1\n'), ['batch', 'b']], /^body\.batch is given twice/],
    [
      'otherwise in the query',
      [['batch', 'a'], csv('serial\nA-1\n')],
      /^body\.batch is given otherwise in the query/,
      '?batch=b',
    ],
    ['an id too late', [csv('serial\nA-1\n'), ['id', id]], /^body\.id must stand before the file$/],
    ['a text for the file', [['file', 'serial\nA-1\n']], /^body\.file is a text; send it as a file/],
    ['too long', [['metadata', 'x'.repeat(5000)], csv('serial\nA-1\n')], /^body\.metadata is longer than 4096 bytes/],
    ['two files', [csv('serial\nA-1\n'), csv('serial\nA-2\n')], /^the form cannot be read: /],
  ]
  for (const [what, fields, detail, query] of refused)
    t.match(await send(fields, query), { code: 'invalid-input', detail }, what)
  const large = new File(['serial\n', 'A-1\n'.repeat(5_000_000)], 'large.csv')
  t.match(
    await send([
      ['mode', 'half'],
      ['file', large],
    ]),
    { code: 'invalid-input' },
    'however much is still to come',
  )
  t.same(await rowCounts(site), before, 'and nothing of it was imported')
  const alike: [string, string][] = [
    ['batch', 'lot-7'],
    ['strict', 'true'],
    ['mode', 'atomic'],
  ]
  t.match(await send([csv('serial\nA-1\n'), ...alike], '?mode=atomic'), { committed: true, created: 1 })
  t.match(await site.api('getNode', { params: { id: 'A-1' } }), { batch: 'lot-7' })
  t.match((await site.db.audit.findMany({ where: { action: 'node.import' } }))[0], { subjectName: 'list.csv' })
})

await t.test('a form that is broken or cut off is refused', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await rowCounts(site)
  const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nSerial\nA-1\n'
  const fields = Array(20).fill('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n').join('')
  const unreadable = /^the form cannot be read: /
  for (const [body, type, detail = unreadable] of [
    [part, 'multipart/form-data; boundary=x'],
    [part, 'multipart/form-data'],
    ['nonsense', 'multipart/form-data; boundary=x'],
    [`${fields}--x--\r\n`, 'multipart/form-data; boundary=x', /^body\.a is no parameter of this route/],
    [
      `--x\r\nContent-Disposition: form-data; name="constructor"\r\n\r\nb\r\n${part}--x--`,
      'multipart/form-data; boundary=x',
    ],
  ] as const) {
    const reply = await post(site, body, { 'content-type': type })
    t.equal(reply.status, 400, `${type} ${body.slice(0, 20)}`)
    t.match(await reply.json(), { code: 'invalid-input', detail })
  }
  t.same(await rowCounts(site), before)
})

await t.test('files that cannot be used say why, by line', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await rowCounts(site)
  const cases: [string, string[]][] = [
    ['', ['1  empty-file']],
    ['name,profile\nx,y\n', ['1  no-identifier-column']],
    ['serial,Serial Number\nx,y\n', ['1 Serial Number duplicate-column']],
    ['serial,metadata\nA-1,"a=1\nA-2,\n', ['2  broken-csv']],
    ['serial\nA-1,x,y\n', ['2  too-many-cells']],
  ]
  for (const [file, wanted] of cases) {
    const report = await importCsv(site, file, { mode: 'atomic' })
    t.same(codes(report), wanted, JSON.stringify(file))
    t.equal(report.committed, false)
  }
  const partial = await importCsv(site, 'serial\nA-1\n"A-2\n', { mode: 'partial' })
  t.match(partial, { committed: false, errorFile: null }, 'what cannot be told apart is not imported in part')
  t.same(await rowCounts(site), before)
})

await t.test('progress and report by the id that the client chose', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const id = randomUUID()
  let send: ((text: string | null) => void) | undefined
  const body = new ReadableStream({
    start(controller) {
      send = (text) => (text === null ? controller.close() : controller.enqueue(Buffer.from(text)))
    },
  })
  const importing = site.client(site.admin, site.keys.operator)(
    'importNodes',
    { query: { id } },
    { rawBody: body, contentType: 'text/csv' },
  )
  send?.('serial\nA-1\n')
  const progress = () => site.api('getImport', { params: { id } })
  const begun = await until(async () => {
    const now = await progress().catch(() => null)
    return now && now.bytes > 0 && now
  })
  t.match(begun, { id, state: 'receiving', bytes: 11, report: null })
  await t.rejects(importCsv(site, 'serial\nA-2\n', { id }), { code: 'already-exists' })
  send?.(null)
  const report = await importing
  const { startedAt, endedAt, ...done } = await progress()
  t.ok(startedAt <= endedAt!)
  t.same(done, {
    id,
    state: 'done',
    bytes: 11,
    rows: 1,
    fraction: 1,
    report,
    file: null,
    actor: 'operator',
    committed: true,
    batch: null,
    sha256: report.file.sha256,
    counts: { rows: 1, created: 1, updated: 0, unchanged: 0, skipped: 0, failed: 0, warnings: 0 },
    why: null,
    undoable: true,
    undo: null,
  })
  await t.rejects(site.api('getImport', { params: { id: 'other' } }), { code: 'not-found' })
  t.equal((await getText(site, `/api/v1/imports/${id}/errors.csv`)).status, 404)
})

await t.test('a sender that goes away leaves nothing behind', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await rowCounts(site)
  const id = randomUUID()
  const gone = new AbortController()
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('serial\nA-1\n')) })
  const importing = site.client(site.admin, site.keys.operator)(
    'importNodes',
    { query: { id } },
    { rawBody: body, contentType: 'text/csv', signal: gone.signal },
  )
  const state = async () => (await site.api('getImport', { params: { id } }).catch(() => null))?.state
  await until(async () => (await state()) === 'receiving')
  gone.abort()
  await t.rejects(importing)
  await until(async () => (await state()) === 'failed')
  t.same(await rowCounts(site), before)
  t.match(await importCsv(site, 'serial\nA-1\n'), { created: 1 }, 'and the next one is not in its way')
})

await t.test('an import that is cancelled writes nothing, and whoever waits for it hears who did that', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const before = await rowCounts(site)
  const cancel = (id: string) => site.api('cancelImport', { params: { id } })
  const sending = randomUUID()
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('serial\nA-1\n')) })
  const cut = site.api('importNodes', { query: { id: sending } }, { rawBody: body, contentType: 'text/csv' })
  const seen = t.rejects(cut, 'while it comes in')
  await until(async () => (await site.api('getImport', { params: { id: sending } }).catch(() => null))?.bytes)
  t.match(await cancel(sending), { id: sending, state: 'cancelled', report: null })
  await seen

  const [writing, waiting] = [randomUUID(), randomUUID()]
  const state = async (id: string) => (await site.api('getImport', { params: { id } }).catch(() => null))?.state
  const message = /^The import was cancelled by admin; nothing of it was written/
  const { ends, cancelled } = await site.engine.registry.transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('eims import'))`
    const ends = [t.rejects(importCsv(site, 'serial\nA-1\n', { id: writing }), { code: 'wrong-state', message })]
    await waitingForLocks(site.db, 1)
    ends.push(t.rejects(importCsv(site, 'serial\nA-2\n', { id: waiting }), { code: 'wrong-state', message }))
    await until(async () => (await state(waiting)) === 'waiting')
    t.match(await cancel(waiting), { state: 'cancelled' }, 'one that waits its turn goes at once')
    return { ends, cancelled: cancel(writing) }
  })
  t.match(await cancelled, { state: 'cancelled', report: null }, 'one that is judged, at its next step')
  await Promise.all(ends)
  t.equal(await site.db.node.count(), before.node ?? 0)

  const report = await importCsv(site, 'serial\nA-3\n')
  t.match(await cancel(report.id), { state: 'done', report }, 'one that is done stays done')
  await t.rejects(cancel(randomUUID()), { code: 'not-found' })
  t.equal(await site.db.audit.count({ where: { action: 'import.cancel' } }), 3)
})

await t.test('a viewer may not import, but may export', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const reply = await post(site, 'serial\nA-1\n', {
    'content-type': 'text/csv',
    authorization: `Bearer ${site.keys.viewer}`,
  })
  t.equal(reply.status, 403)
  t.equal((await getText(site, '/api/v1/export.csv')).status, 200)
  t.equal((await fetch(`${site.admin}/api/v1/export.csv`)).status, 401)
  t.equal((await fetch(`${site.open}/api/v1/export.csv`)).status, 404, 'not on the machines’ listener')
})
