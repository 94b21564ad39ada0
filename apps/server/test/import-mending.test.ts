import { routes } from '@eims/contracts'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'
import { formatted, type WrittenCell, writeWorkbook } from './support/workbook.ts'

const databases = await startDatabases(t)

const ROWS = 5000
const header = [
  'Seriennummer',
  'MAC-Adresse',
  'LAN2 MAC',
  'UUID',
  'Hersteller',
  'Modell',
  'Rechnername',
  'OS-Profil',
  'Charge',
  'Lagerplatz',
]
const [SERIAL, MAC, MAC2, ID, , , NAME, PROFILE] = header.keys()
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0')
const macOf = (number: number) => `02-00-00-${hex(number, 6).match(/../g)!.join('-')}`

const good = (number: number): WrittenCell[] => [
  formatted(10_000_000 + number, 0),
  macOf(2 * number),
  macOf(2 * number + 1),
  `11111111-2222-4333-8444-${hex(number, 12)}`,
  'Fabrik GmbH',
  'Kiste & Söhne "R5"',
  `knoten-${number}`,
  null,
  'Lieferung-7',
  `Regal ${number % 40}`,
]

type Mistake = [place: number, cell: WrittenCell, code: string]
/** Ten kinds of mistakes, each of which is made six times. */
const mistakes: Mistake[] = [
  [SERIAL!, 'To be filled by O.E.M.', 'placeholder'],
  [SERIAL!, { xml: '><v>1.23456789012345E+25</v></c>' }, 'invalid-serial'],
  [SERIAL!, 'x'.repeat(300), 'invalid-serial'],
  [SERIAL!, { xml: ' t="e"><f>Alt!A1</f><v>#BEZUG!</v></c>' }, 'spreadsheet-error'],
  [MAC!, '02-00-00-00-00-ZZ', 'invalid-mac'],
  [MAC2!, { xml: '><f>CONCAT(B1,"x")</f></c>' }, 'formula'],
  [ID!, '11111111-2222', 'invalid-uuid'],
  [NAME!, 'kein gültiger Name!', 'invalid-name'],
  [PROFILE!, 'gibt-es-nicht', 'unknown-profile'],
  [SERIAL!, formatted(10_000_000, 0), 'duplicate-in-file'],
]
/** The mistake of a machine, if it is one of the sixty. */
const mistakeOf = (number: number): Mistake | undefined =>
  number > 0 && number % 80 === 0 && number <= 60 * 80 ? mistakes[(number / 80) % mistakes.length] : undefined
/** Three lines stand above the machines. */
const rowOf = (number: number) => number + 4

function written(number: number): WrittenCell[] {
  const cells = good(number)
  const mistake = mistakeOf(number)
  if (mistake) cells[mistake[0]] = mistake[1]
  return cells
}

await t.test(
  '5,000 machines in a German workbook, sixty mistakes, mended in one sitting',
  { timeout: 200_000 },
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    const before = await site.db.node.count()
    const rows = [['Lieferschein 4711'], [], header, ...Array.from({ length: ROWS }, (_, number) => written(number))]
    const file = writeWorkbook([{ name: 'Geräte', rows }], { formats: ['000000000000'] })

    const report = await importCsv(site, file, { mode: 'partial', file: 'Lieferung.xlsx' })
    t.match(report, { committed: true, rows: ROWS, created: ROWS - 60, failed: 60, unknownColumns: ['Lagerplatz'] })
    t.match(report.file, { format: 'xlsx', sheet: 'Geräte' })
    t.same(report.notes, ['line 3 is the header; what stands above it was left out'])
    t.match(report.columns, [
      { name: 'Seriennummer', column: 'Serial', by: 'name' },
      { name: 'MAC-Adresse', column: 'MAC' },
      { name: 'LAN2 MAC', column: 'MAC' },
    ])
    const numbers = Array.from({ length: ROWS }, (_, number) => number).filter(mistakeOf)
    const wanted = numbers.map((number) => `${rowOf(number)} ${mistakeOf(number)![2]}`)
    const found = report.problems.flatMap(({ rows, code }) => rows.map((row) => `${row} ${code}`))
    t.same(found.toSorted(), wanted.toSorted(), 'all sixty are named')
    t.equal(report.problemsTotal, 60)
    t.ok(report.problems.length < 20, `as ${report.problems.length} findings`)
    const zeros = await site.api('listNodes', { query: { filter: 'serial = 000010000001' } })
    t.match(zeros.items, [{ name: 'knoten-1', macs: ['02:00:00:00:00:02', '02:00:00:00:00:03'] }])

    const path = routes.getImportErrors.path.replace(':id', report.id)
    const headers = { authorization: `Bearer ${site.keys.viewer}` }
    const text = Buffer.from(await (await fetch(`${site.admin}${path}`, { headers })).arrayBuffer())
    t.equal(text.subarray(0, 3).toString('hex'), 'efbbbf', 'spreadsheets know UTF-8 by its mark')
    const [names, ...bad] = parse(text, { bom: true }) as string[][]
    t.same(names, [...header, 'Error - do not fill'])
    t.same(
      bad.map((cells) => cells[NAME!]),
      numbers.map((number) => (mistakeOf(number)![0] === NAME ? 'kein gültiger Name!' : `knoten-${number}`)),
      'exactly the bad rows',
    )
    for (const cells of bad) t.notMatch(cells.join('\n'), /^[=+@]/m, 'nothing that a spreadsheet would run')

    const textOf = (cell: WrittenCell | undefined, number: number) =>
      typeof cell === 'string' ? cell : cell === null ? '' : `0000${10_000_000 + number}`
    const mended = numbers.map((number) =>
      good(number).map((cell) => `"${textOf(cell, number).replaceAll('"', '""')}"`),
    )
    const again = [names!.join(','), ...mended.map((cells) => `${cells.join(',')},old reason`)].join('\r\n')
    t.match(await importCsv(site, `\uFEFF${again}`), { committed: true, rows: 60, created: 60, problemsTotal: 0 })
    t.equal(await site.db.node.count(), before + ROWS)
    t.match(await importCsv(site, file, { mode: 'partial', dryRun: 'true' }), { created: 0, unchanged: ROWS - 60 })
  },
)

await t.test('a row that is not mended comes back by the error file alone', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const rows = [
    ['Serial', 'MAC'],
    ['A-1', 'zz'],
    ['A-2', { xml: '><f>B1</f></c>' }],
  ]
  const report = await importCsv(site, writeWorkbook([{ name: 'A', rows }]), { mode: 'partial' })
  const headers = { authorization: `Bearer ${site.keys.viewer}` }
  const text = await (await fetch(`${site.admin}${report.errorFile}`, { headers })).text()
  const again = await importCsv(site, text, { mode: 'partial' })
  t.match(again, {
    failed: 2,
    problems: [
      { row: 2, code: 'invalid-mac' },
      { row: 3, code: 'formula' },
    ],
  })
})

await t.test('what a site calls its columns is kept, and used by the next import', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = 'Kennung;Platz\nA-1;7\n'
  const [unknown] = (await importCsv(site, file)).problems
  t.match(unknown, {
    code: 'no-identifier-column',
    message: /it says Kennung, Platz: say which column is one with --column/,
  })
  const once = await importCsv(site, file, { column: ['Kennung=Serial', 'Platz='], dryRun: 'true' })
  t.match(once, { created: 1, columns: [{ by: 'request' }, { column: '', by: 'request' }], unknownColumns: [] })
  const typo = importCsv(site, file, { column: ['Kenung=Serial'] })
  await t.rejects(typo, { code: 'invalid-input', message: /which the file does not have; it has: Kennung, Platz/ })
  const importColumns = { Kennung: 'Serial', Platz: '' } as const
  t.match(await site.api('patchSite', { body: { importColumns } }), { importColumns })
  t.match(await importCsv(site, file), {
    created: 1,
    columns: [{ name: 'Kennung', column: 'Serial', by: 'site' }, { by: 'site' }],
  })
  t.match(await importCsv(site, file, { column: ['Kennung=Name'] }), { problems: [{ code: 'no-identifier-column' }] })
  const wrong = site.api('patchSite', { body: { importColumns: { Kennung: 'Farbe' as never } } })
  await t.rejects(wrong, { code: 'invalid-input' })
})

await t.test(
  'EIM’s Site column: this site’s name in any case, or nothing; the message says what to write',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    await site.api('patchSite', { body: { name: 'Werk-Sued' } })
    const eim = (name: string) =>
      `Serial,UUID,OSProfile,Site,Secure,RemoteUser,Metadata,Error - do not fill\nA-1,,,${name},,,,\n`
    const other = await importCsv(site, eim('site-08c1e377'))
    t.match(other.problems, [
      {
        column: 'Site',
        code: 'other-site',
        message: 'is another site; this is Werk-Sued: write that, or leave it empty',
      },
    ])
    for (const name of ['Werk-Sued', 'WERK-SUED', ' werk-sued ', ''])
      t.match(await importCsv(site, eim(name), { dryRun: 'true' }), { created: 1, problems: [] }, name)
    t.match(
      await importCsv(site, eim('site-08c1e377'), { site: '' }),
      { created: 1, problems: [] },
      'or say it for all rows',
    )
  },
)

await t.test('a cell beyond all bounds is told with its place and its length', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const report = await importCsv(site, `Serial,Name,note\nA-1,,\nA-2,,${'x'.repeat(200_000)}\n`, { mode: 'partial' })
  t.match(report, { created: 1, failed: 1 })
  t.match(report.problems, [
    { row: 3, column: 'note', code: 'too-long-cell', message: /^has 200000 characters; at most 131072 are taken/ },
  ])
  const serial = await importCsv(site, `Serial\n${'x'.repeat(129)}\n`)
  t.match(serial.problems, [{ row: 2, column: 'Serial', message: 'has 129 characters; at most 128 are taken' }])
  for (const cell of ['', '"'].map((quote) => quote + 'x'.repeat(5 * 1024 * 1024)))
    t.match((await importCsv(site, `Serial,note\nA-1,x\nA-2,${cell}\n`)).problems, [
      {
        row: 3,
        code: 'broken-csv',
        message: /^holds more than 4194304 characters up to its cell 2: shorten that cell/,
      },
    ])
})

await t.test('a workbook whose title is worded like a column, and whose rows are wider than its header', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const rows = [['Serial numbers'], ['S/N', 'MAC'], ['A-1', '52:54:00:00:00:01', 'x'], ['A-2']]
  t.match(await importCsv(site, writeWorkbook([{ name: 'A', rows }]), { mode: 'partial' }), {
    created: 1,
    notes: ['line 2 is the header; what stands above it was left out'],
    problems: [{ row: 3, code: 'too-many-cells', message: /^has 3 cells, the header 2; name their columns/ }],
  })
})
