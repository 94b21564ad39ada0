import { ImportProgress, type ImportRecord, type ImportUndo } from '@eims/contracts'
import t from 'tap'
import { importText, undoText } from '../src/csv/history-text.ts'
import { bench, ok, pageOf } from './support/bench.ts'

// Promise: the history of imports is read, and an import undone, at a terminal and by a script.

const id = '0f4e7c1a-1111-4222-8333-944444444444'
const record = (more: Partial<ImportRecord> = {}): ImportRecord => ({
  id,
  file: 'stores-north-2026.csv',
  actor: 'ann',
  state: 'done',
  committed: true,
  batch: null,
  sha256: 'f'.repeat(64),
  bytes: 100_000,
  counts: { rows: 1210, created: 1200, updated: 3, unchanged: 5, skipped: 0, failed: 2, warnings: 4 },
  why: null,
  startedAt: '2026-11-20T10:00:00.000Z',
  endedAt: '2026-11-20T10:00:01.000Z',
  undoable: true,
  undo: null,
  ...more,
})
const progress = (more: Partial<ImportRecord> = {}) =>
  ImportProgress.parse({ ...record(more), rows: 1210, fraction: 1, report: null })
const undo = (more: Partial<ImportUndo> = {}): ImportUndo => ({
  id,
  file: 'list.csv',
  dryRun: true,
  by: 'bob',
  at: '2026-11-21T10:00:00.000Z',
  deleted: 2,
  restored: 1,
  left: 1000,
  because: [
    {
      kind: 'created',
      reason: 'seen',
      message: 'its machine was seen since',
      count: 1000,
      rows: [2, 3, 4, 5, 6, 7],
      names: ['a', 'b', 'c', 'd', 'e', 'f'],
    },
  ],
  ...more,
})

await t.test('imports list: how each ended, and its id in eight characters', async (t) => {
  const records = [
    record(),
    record({ state: 'interrupted', committed: false, counts: null, file: null }),
    record({ committed: false }),
    record({ undo: undo({ dryRun: false }) }),
  ]
  const { asked, eims } = await bench(t, () => pageOf(records))
  const [header, ...lines] = (await eims('imports', 'list', '--filter', 'actor = ann')).trimEnd().split('\n')
  t.match(header, /^ID +STARTED +WHO +NEW +CHANGED +UNCHANGED +REFUSED +WARNINGS +OUTCOME +FILE$/)
  t.match(lines, [
    /^0f4e7c1a +2026-11-20 \d\d:00 +ann +1200 +3 +5 +2 +4 +done +stores-north-2026\.csv$/,
    /^0f4e7c1a .* ann +- +- +- +- +- +interrupted +-$/,
    /^0f4e7c1a .* ann +- +- +5 +2 +4 +refused +stores/,
    / undone +stores/,
  ])
  t.strictSame(asked, [['GET /api/v1/imports?pageSize=1000&filter=actor+=+ann', null]])
  t.strictSame(JSON.parse(await eims('imports', 'list', '--json')), records)
  t.equal(await eims('imports', 'list', '-o', 'name', '--limit', '1'), `${id}\n`)
})

await t.test('imports show: what became of it, why, and how it is undone', (t) => {
  const text = importText(progress())
  t.match(text, /^file +stores-north-2026\.csv$/m)
  t.match(text, /It can be undone: \.\/eims imports undo 0f4e7c1a/)
  t.match(importText(progress({ state: 'failed', why: 'no such profile', undoable: false })), /^why +no such profile$/m)
  const cut = importText(progress({ state: 'interrupted', undoable: false, endedAt: null }))
  t.match(cut, /nothing of it was written/)
  t.notMatch(cut, /undone/)
  t.match(
    importText(progress({ undoable: false, undo: undo({ dryRun: false }) })),
    /bob undid the import of list\.csv at/,
  )
  t.end()
})

await t.test('a thousand machines that are left for one reason are one line', (t) => {
  const text = undoText(undo())
  t.match(
    text,
    /^Nothing was changed, .* list\.csv: 2 machines removed, 1 as before the import, 1000 left as they are\.$/m,
  )
  t.match(text, /^1000 +created +its machine was seen since +2, 3, 4, 5, 6 and 995 more +a, b, c, d, e and 995 more$/m)
  t.equal(
    undoText(undo({ dryRun: false, left: 0, because: [] }))
      .trim()
      .split('\n').length,
    1,
  )
  t.end()
})

await t.test('imports undo says first what it would do, and a script must say --yes', async (t) => {
  const { asked, eims } = await bench(t, (line) => {
    if (line.startsWith('GET')) return ok(progress())
    return ok(undo({ dryRun: line.includes('dryRun=true') }))
  })
  await t.rejects(eims('imports', 'undo', '0f4e7c1a'), {
    exitCode: 2,
    message:
      /stores-north-2026\.csv \(ann, .*\) will be undone: 2 machines removed.* Nothing was done: say so with --yes/,
  })
  t.notOk(asked.some(([line]) => line === `POST /api/v1/imports/${id}/undo`))
  asked.length = 0
  t.match(await eims('imports', 'undo', '0f4e7c1a', '--dry-run'), /^Nothing was changed/)
  t.strictSame(asked, [['POST /api/v1/imports/0f4e7c1a/undo?dryRun=true', null]])
  t.match(await eims('imports', 'undo', '0f4e7c1a', '--yes'), /^bob undid the import of list\.csv at .*: 2 machines/)
  t.strictSame(asked.at(-1), [`POST /api/v1/imports/${id}/undo`, null])
  t.match(JSON.parse(await eims('imports', 'undo', id, '--yes', '--json')), { deleted: 2, dryRun: false })
})

await t.test('an import of which everything was touched is not undone, and that is a failure', async (t) => {
  const { asked, eims } = await bench(t, () => ok(undo({ deleted: 0, restored: 0 })))
  await t.rejects(eims('imports', 'undo', id, '--yes'), {
    message: /nothing was undone: all its machines were touched/,
  })
  t.equal(asked.length, 1)
})
