import type { ImportReport } from '@eims/contracts'
import t from 'tap'
import { importColumns } from '../src/csv/columns.ts'
import { errorFileName } from '../src/csv/error-file-name.ts'
import { importOverrides } from '../src/csv/overrides.ts'
import { isGood, reportText, rowsText } from '../src/csv/report-text.ts'

await t.test('flags go before our environment, and that before the one of EIM’s tool', (t) => {
  const env = {
    EDGEORCH_OSPROFILE: 'c',
    EDGEORCH_SITE: 's',
    EIMS_OSPROFILE: 'b',
    EDGEORCH_REMOTEUSER: 'ops',
    EIMS_BATCH: '',
  }
  t.same(importOverrides({}, env), { profile: 'b', site: 's', account: 'ops' })
  t.same(importOverrides({ profile: 'a', site: '', batch: 'lot' }, env), {
    profile: 'a',
    site: '',
    account: 'ops',
    batch: 'lot',
  })
  t.same(importOverrides({}, { EDGEORCH_SECURE: 'true', EDGEORCH_METADATA: 'a=1' }), {
    secure: 'true',
    metadata: 'a=1',
  })
  t.end()
})

await t.test('an error file never takes the place of a file that is there', (t) => {
  const taken = new Set(['list.errors.csv', 'list.errors-2.csv'])
  const name = (input: string, has = taken) => errorFileName(input, (each) => has.has(each))
  t.equal(name('/srv/in/vendor.csv'), 'vendor.errors.csv')
  t.equal(name('list.csv'), 'list.errors-3.csv')
  t.equal(name('Lieferung.XLSX'), 'Lieferung.errors.csv')
  t.equal(name('list.errors-2.csv'), 'list.errors-3.csv', 'the one that was mended')
  t.equal(name('-'), 'import.errors.csv')
  t.end()
})

const report: ImportReport = {
  id: '1',
  dryRun: false,
  mode: 'atomic',
  onExisting: 'fail',
  committed: false,
  rows: 3,
  created: 2,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed: 1,
  unknownColumns: ['Colour'],
  metadataColumns: ['LVMSize'],
  columns: [],
  notes: [],
  newBatches: ['lot'],
  problems: [
    {
      row: 4,
      column: 'Serial',
      value: 'A',
      code: 'duplicate-in-file',
      message: 'stands in row 2 of this file, too',
      rows: [4],
      count: 1,
    },
  ],
  problemsTotal: 1,
  warnings: [],
  warningsTotal: 0,
  errorFile: null,
  file: { format: 'csv', sheet: null, encoding: 'utf-8', separator: ',', bytes: 9, sha256: 'x' },
  seconds: 0.25,
}

await t.test('what a person reads of an import', (t) => {
  t.equal(
    reportText(report, 'list.errors.csv'),
    `Nothing was imported. 3 rows: would be 2 new, 0 changed, 0 unchanged, 1 with problems. Mend the problems, or import the good rows alone with --partial.

Columns that nobody knows, left out: Colour
Columns that are not used here, kept as metadata: LVMSize
Batch that would be made: lot

ROW  COLUMN  VALUE  CODE               PROBLEM
4    Serial  A      duplicate-in-file  stands in row 2 of this file, too

The rows with their reasons are in list.errors.csv: mend them there and import that file.
`,
  )
  t.equal(rowsText({ rows: [2, 3, 4, 5, 6, 7], count: 1000 }), '2, 3, 4, 5, 6 and 995 more')
  t.equal(rowsText({ rows: [2], count: 3 }), '2 (3 times)')
  t.equal(rowsText({ rows: [2, 9], count: 2 }), '2, 9')
  const good = {
    ...report,
    committed: true,
    failed: 0,
    created: 3,
    unknownColumns: [],
    metadataColumns: [],
    newBatches: [],
    problems: [],
    problemsTotal: 0,
  }
  t.equal(reportText(good, null), 'Imported 3 rows in 0.3 s: 3 new, 0 changed, 0 unchanged.\n')
  const message = 'is a MAC address'
  const warning = { row: 2, rows: [2, 3], count: 2, column: 'SN', value: 'x', code: 'mac-as-serial', message }
  t.equal(
    reportText({ ...good, warnings: [warning], warningsTotal: 2 }, null),
    `Imported 3 rows in 0.3 s: 3 new, 0 changed, 0 unchanged.

ROW   COLUMN  VALUE  CODE           WARNING
2, 3  SN      x      mac-as-serial  is a MAC address

2 warnings are about rows that were imported all the same; --strict holds them back.
`,
  )
  const notes = ['line 3 is the header; what stands above it was left out']
  const columns = [
    { name: 'Seriennummer', column: 'Serial', by: 'name' },
    { name: 'MAC', column: 'MAC', by: 'name' },
    { name: 'Platz', column: '', by: 'site' },
  ] as const
  t.equal(
    reportText({ ...report, notes, columns: [...columns] }, null, { columns: 60, rows: 24, colour: false }),
    `Nothing was imported. 3 rows: would be 2 new, 0 changed, 0
unchanged, 1 with problems. Mend the problems, or import the
good rows alone with --partial.

Line 3 is the header; what stands above it was left out
Columns by another name: Seriennummer = Serial, Platz = left
out
Columns that nobody knows, left out: Colour
Columns that are not used here, kept as metadata: LVMSize
Batch that would be made: lot

PROBLEMS
  row 4, Serial "A":
      stands in row 2 of this file, too (duplicate-in-file)
`,
    'on a terminal nothing is cut',
  )
  t.equal(reportText({ ...report, rows: 0 }, null).split('\n')[0], 'Nothing was imported.', 'a file without rows')
  t.same(
    [
      isGood(report),
      isGood(good),
      isGood({ ...good, committed: false }),
      isGood({ ...good, committed: false, dryRun: true }),
    ],
    [false, true, false, true],
  )
  t.end()
})

await t.test('columns of a site’s lists, as they are typed', (t) => {
  t.same(importColumns(['Kennung=serial', 'a=b=MAC', 'Platz=']), { Kennung: 'Serial', 'a=b': 'MAC', Platz: '' })
  t.same(importColumns(['']), {})
  t.throws(() => importColumns(['Kennung']), { exitCode: 2, message: /must look like "Seriennummer=Serial"/ })
  t.throws(() => importColumns(['Kennung=Farbe']), { exitCode: 2, message: /Farbe is no column; there are: Serial, / })
  t.end()
})
