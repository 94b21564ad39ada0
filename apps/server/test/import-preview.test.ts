import { MOST_PREVIEW_ROWS } from '@eims/contracts'
import t from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, rowCounts } from './support/site.ts'
import { formatted, writeWorkbook } from './support/workbook.ts'

// One promise: whoever asks for the rows gets them as they were read, and each finding with the row that it is in.

const databases = await startDatabases(t)
const site = await openSite(t, await databases.fresh(t))
const asked = { dryRun: 'true', rows: 'true' } as const
const found = (each: { row: number; column: string; code: string; isWarning: boolean }) =>
  `${each.row} ${each.column} ${each.code}${each.isWarning ? ' ?' : ''}`

await t.test('the rows of a CSV file, whatever stands above and between them', async (t) => {
  const before = await rowCounts(site)
  const text = [
    'Lieferschein 4711',
    '',
    'Seriennummer;MAC-Adresse;Regal;Error - do not fill',
    'GR\u00d6SSE-1;02:00:00:00:00:01;"zwei',
    'Zeilen";',
    ';;;alter Grund',
    'SN: A-2;kein MAC;;',
    'GR\u00d6SSE-1;02:00:00:00:00:zz;;',
  ]
  const report = await importCsv(site, Buffer.from(text.join('\r\n'), 'latin1'), asked)
  const { findings, ...rest } = report.preview!
  t.same(rest, {
    headerRow: 3,
    header: ['Seriennummer', 'MAC-Adresse', 'Regal', 'Error - do not fill'],
    rows: [
      { row: 4, cells: ['GR\u00d6SSE-1', '02:00:00:00:00:01', 'zwei\nZeilen', ''] },
      { row: 7, cells: ['SN: A-2', 'kein MAC', '', ''] },
      { row: 8, cells: ['GR\u00d6SSE-1', '02:00:00:00:00:zz', '', ''] },
    ],
    whole: true,
    sheets: [],
  })
  t.same(findings.map(found), [
    '4 Seriennummer guessed-encoding ?',
    '7 MAC-Adresse invalid-mac',
    '7 MAC-Adresse invalid-mac',
    '7 Seriennummer prefix ?',
    '8 MAC-Adresse invalid-mac',
    '8 Seriennummer duplicate-in-file',
    '8 Seriennummer guessed-encoding ?',
  ])
  t.same(await rowCounts(site), before)
  const { report: kept } = await site.api('getImport', { params: { id: report.id } })
  t.equal(kept?.preview, undefined, 'rows are kept nowhere')
  t.equal((await importCsv(site, 'serial\nA-1\n', { dryRun: 'true' })).preview, undefined, 'nor sent unasked')
})

await t.test('the cells of a sheet as they are shown, and the sheets that there are', async (t) => {
  const file = writeWorkbook(
    [
      { name: 'Deckblatt', rows: [['nichts']] },
      { name: 'Ger\u00e4te', rows: [['Serial', 'MAC'], [], [formatted(4711, 0), '02-00-00-00-00-01']] },
    ],
    { formats: ['00000000'] },
  )
  const { preview } = await importCsv(site, file, { ...asked, sheet: 'ger\u00e4te' })
  t.same(preview, {
    headerRow: 1,
    header: ['Serial', 'MAC'],
    rows: [{ row: 3, cells: ['00004711', '02-00-00-00-00-01'] }],
    whole: true,
    findings: [],
    sheets: ['Deckblatt', 'Ger\u00e4te'],
  })
})

await t.test('a header that says nothing, and quotes that do not work out', async (t) => {
  const unnamed = await importCsv(site, 'Kennung,Ort\nA-1,Halle\n', asked)
  t.same(unnamed.preview?.rows, [{ row: 2, cells: ['A-1', 'Halle'] }])
  t.same(unnamed.preview?.findings.map(found), ['1  no-identifier-column'])
  const broken = await importCsv(site, 'serial\nA-1\n"A-2\nA-3\n', asked)
  t.match(broken.preview, { whole: false, rows: [{ row: 2, cells: ['A-1'] }] })
  t.match((await importCsv(site, '', asked)).preview, { whole: true, rows: [], header: [] })
})

await t.test('of a file with more rows than a page can show: the first, and all that are bad', async (t) => {
  const rows = MOST_PREVIEW_ROWS + 2000
  const bad = new Set([3, 4000, rows - 1])
  const lines = Array.from({ length: rows }, (_, index) => `A-${index},${bad.has(index) ? 'x' : ''}`)
  const report = await importCsv(site, `serial,mac\n${lines.join('\n')}\n`, asked)
  t.match(report, { rows, problemsTotal: 3, preview: { whole: false } })
  const shown = report.preview!.rows.map(({ row }) => row)
  t.same(shown, [...Array.from({ length: 1000 }, (_, index) => index + 2), 4002, rows + 1])
  const all = await importCsv(site, `serial\n${lines.slice(0, MOST_PREVIEW_ROWS).join('\n')}\n`, asked)
  t.equal(all.preview?.rows.length, MOST_PREVIEW_ROWS)
  t.equal(all.preview?.whole, true)
})

await t.test('cells of more text than a page can hold', async (t) => {
  const cell = 'x'.repeat(100_000)
  const lines = Array.from({ length: 100 }, (_, index) => `A-${index},${cell}`)
  const { preview } = await importCsv(site, `serial,note\n${lines.join('\n')}\n`, asked)
  t.equal(preview?.whole, false)
  t.ok(preview!.rows.length > 50 && preview!.rows.length < 90, `${preview!.rows.length} rows`)
})
