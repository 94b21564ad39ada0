import { cellText, guardedAgain, guardedCell, isFormula } from '@eims/contracts'
import t from 'tap'
import { readHeader } from '../src/imports/header.ts'
import { readRow } from '../src/imports/read-row.ts'
import { doubtOfSerial } from '../src/imports/serial-cell.ts'
import { codes, getText, importCsv, names } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { openSite, rowCounts } from './support/site.ts'

const databases = await startDatabases(t)

await t.test('a serial that a person wrote is doubted for what it is', (t) => {
  const cases: Record<string, string[]> = {
    'mac-as-serial': ['52:54:00:aa:00:01', '5254.00aa.0001', '525400aa0001', '0:1b:21:3:a:ff'],
    'uuid-as-serial': ['4C4C4544-0044-4210-8031-C2C04F445831', '{4c4c4544-0044-4210-8031-c2c04f445831}'],
    'totals-row': ['Total: 2', 'Summe', 'Grand total 1.234', '(12 rows)'],
    prefix: ['S/N: X123', 'SN: X123', 'Serial No. # 12', 'Service Tag: ABC1234'],
    'barcode-stars': ['*X123*'],
    'excel-date': ['4-Mar', 'Mar-04', '4. Mrz', '03/04/2026', '04.03.26', '2026-03-04', '2026-03-04 00:00:00'],
    'excel-text-mark': ["'00123"],
    'excel-decimal': ['987654321.0', '12,00'],
    'excel-rounding': ['1234567890123450000', '1.23E+15'],
    'several-in-one-cell': ['ABC123; ABC124', 'ABC1234/ABC1235', '0012345 0012346', 'AB1|AB2'],
  }
  for (const [code, texts] of Object.entries(cases))
    for (const text of texts) t.equal(doubtOfSerial(text)?.code, code, text)
  t.end()
})

await t.test('and serials as vendors print them are not', (t) => {
  const serials = [
    'ABC-12.3_4/5 6',
    '5CG1234567',
    'CZC0123456',
    'MXQ3040BCD',
    'VMware-56 4d 2c 11 98 aa 10 ff-12 34 56 78 9a bc de f0',
    '0000-0012-3456-7890-1234-5678-90',
    '123456789012',
    '1234567890',
    'SN1234567',
    'S/N1234',
    'MAR041234',
    '5DEC123',
    'TOTAL-7712',
    '12-34-56',
    '1E5',
    'J5K-2024',
  ]
  for (const text of serials) t.equal(doubtOfSerial(text), null, text)
  t.end()
})

const read = (head: string[], cells: string[], guessed = false) =>
  readRow(cells, 2, readHeader(head).header, names, {}, { guessed })!

await t.test('a formula or the error of one is no value, in whatever column', (t) => {
  for (const [cell, code] of [
    ['=A2&B2', 'formula'],
    ['=T("1")', 'formula'],
    ["' =A2&B2", 'formula'],
    ['#REF!', 'spreadsheet-error'],
    ['#N/A', 'spreadsheet-error'],
    ['#DIV/0!', 'spreadsheet-error'],
    ['#NAME?', 'spreadsheet-error'],
    ['Err:502', 'spreadsheet-error'],
  ] as const) {
    t.match(read(['serial'], [cell]).problems, [{ column: 'serial', value: cell, code }], cell)
    t.equal(read(['serial'], [cell]).problems.length, 1, 'and nothing else is wrong')
    t.match(read(['serial', 'name'], ['A-1', cell]).problems, [{ column: 'name', code }])
    t.equal(read(['serial', 'colour'], ['A-1', cell]).problems.length, 0, 'but in a column that nobody uses')
  }
  t.same(
    read(['serial', 'product'], ["'=A2", '="00123"']).identifiers.map(({ shown }) => shown),
    ['=A2'],
    'what an export guards is a text',
  )
  t.end()
})

await t.test('notations of people: UUIDs of Windows, RFC 9562 and hex dumps; MACs without their zeros', (t) => {
  const uuid = '4c4c4544-0044-4210-8031-c2c04f445831'
  const bare = uuid.replaceAll('-', '').toUpperCase()
  for (const text of [`{${uuid}}`, `urn:uuid:${uuid}`, `URN:UUID:${uuid}`, `0x${bare}`, `{${bare}}`])
    t.same(
      read(['uuid'], [text]).identifiers.map(({ shown }) => shown),
      [uuid],
      text,
    )
  for (const text of [`{${uuid}`, `0x${uuid}`, `urn:${uuid}`])
    t.match(read(['uuid'], [text]).problems, [{ code: 'invalid-uuid', value: text }], text)
  t.same(
    read(['mac'], ['0:1b:21:3:a:ff 0:0:5E:0:53:1']).identifiers.map(({ shown }) => shown),
    ['00:1b:21:03:0a:ff', '00:00:5e:00:53:01'],
  )
  t.match(read(['mac'], ['0:1b:21:3:a']).problems, [{ code: 'invalid-mac' }])
  t.end()
})

await t.test('a guessed encoding is told for rows whose letters depend on it', (t) => {
  t.match(read(['serial', 'product'], ['A-1', 'Prüfstand'], true).warnings, [
    { column: 'product', value: 'Prüfstand', code: 'guessed-encoding' },
  ])
  t.same(read(['serial', 'colour'], ['A-1', 'grün'], true).warnings, [], 'not for a column that nobody uses')
  t.same(read(['serial', 'product'], ['A-1', 'Prüfstand']).warnings, [])
  t.end()
})

await t.test('cells of an error file run in no spreadsheet, and are read again as before', (t) => {
  for (const cell of ['=cmd|x!A0', ' =A2', '@SUM(A1)', '+1+cmd', '-5', '="00123"', "'=x", "''=x", '#REF!', 'x'])
    t.same(
      [cellText(guardedAgain(cell)) === cellText(cell) || isFormula(cell), isFormula(guardedAgain(cell))],
      [true, isFormula(cell)],
      cell,
    )
  t.equal(guardedAgain('=cmd|x!A0'), "' =cmd|x!A0")
  t.equal(guardedAgain('@SUM(A1)'), "'@SUM(A1)")
  t.equal(guardedAgain('="00123"'), '="00123"', 'holds nothing but a text')
  t.equal(cellText(guardedCell('#N/A')), '#N/A', 'said by a firmware, it comes back')
  t.end()
})

const rowsOf = (numbers: number[], text = (number: number) => String(number)) =>
  `serial\n${numbers.map((number) => `${text(number)}\n`).join('')}`
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

await t.test('warnings are told, counted and imported; strict holds their rows back', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = `serial\n${upTo(30)
    .map((number) => `52:54:00:00:01:${String(number + 10)}\n`)
    .join('')}Total: 30\nABC-1\n`
  const before = await rowCounts(site)
  const strict = await importCsv(site, file, { strict: 'true' })
  t.match(strict, { committed: false, failed: 31, created: 1, problemsTotal: 31, warningsTotal: 0, warnings: [] })
  t.same(await rowCounts(site), before)
  const text = (await getText(site, strict.errorFile!)).text
  t.match(text, 'Total: 30,serial: looks like the total below a list; take the row out\n')
  const dry = await importCsv(site, file, { dryRun: 'true' })
  t.match(dry, { problemsTotal: 0, warningsTotal: 31 })
  const report = await importCsv(site, file)
  t.match(report, { committed: true, created: 32, failed: 0, problemsTotal: 0, warningsTotal: 31, errorFile: null })
  t.match(report.warnings, [
    { row: 2, rows: upTo(20).map((index) => index + 2), count: 30, value: '52:54:00:00:01:10', code: 'mac-as-serial' },
    { row: 32, rows: [32], count: 1, value: 'Total: 30', code: 'totals-row' },
  ])
  const good = await openSite(t, await databases.fresh(t))
  t.match(await importCsv(good, file, { strict: 'true', mode: 'partial' }), { committed: true, created: 1, failed: 31 })
})

await t.test('lost zeros and odd lengths are judged over the whole column', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const query = { dryRun: 'true' } as const
  const lost = await importCsv(site, rowsOf([100_234, 100_345, 100_456, 100_567, 100_678, 123, 4567]), query)
  t.match(lost.warnings, [
    {
      row: 7,
      rows: [7, 8],
      count: 2,
      value: '123',
      code: 'lost-zeros',
      message: /^has fewer than the 6 digits of most/,
    },
  ])
  const counted = rowsOf(upTo(2000).slice(1))
  t.match(await importCsv(site, counted, query), { warningsTotal: 0 }, 'people count 9, 10')
  const named = rowsOf([...upTo(20)], (number) => (number === 7 ? 'XY-10' : `XY-${number + 1000}`))
  t.match((await importCsv(site, named, query)).warnings, [
    { rows: [9], value: 'XY-10', code: 'unequal-lengths', message: /^is shorter than the 7 characters/ },
  ])
  const models = `serial,product\n${upTo(20)
    .map((number) => (number % 2 ? `AB${number + 100},a\n` : `ABCD${number + 100},b\n`))
    .join('')}`
  t.match(await importCsv(site, models, query), { warningsTotal: 0 }, 'each model has its own length')
})

await t.test('what a machine has said of itself is not doubted', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = 'serial,mac\n525400aa0001,52:54:00:00:00:01\n'
  t.match(await importCsv(site, file), { created: 1, warningsTotal: 1 })
  t.match(await importCsv(site, file), { unchanged: 1, warningsTotal: 1 })
  await site.db.node.updateMany({ data: { lastSeenAt: new Date() } })
  t.match(await importCsv(site, file, { strict: 'true' }), { unchanged: 1, warningsTotal: 0, problemsTotal: 0 })
})

await t.test('a thousand equal problems are one entry; the error file has each of them, guarded', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = `serial,osprofile,=colour\n${upTo(1000)
    .map((number) => `=A${number}&B,nothing,=cmd|x!A0\n`)
    .join('')}`
  const report = await importCsv(site, file)
  t.match(report, { problemsTotal: 2000, failed: 1000 })
  t.match(report.problems, [
    { row: 2, column: 'serial', value: '=A0&B', code: 'formula', count: 1000 },
    { row: 2, column: 'osprofile', value: 'nothing', code: 'unknown-profile', count: 1000 },
  ])
  for (const { rows } of report.problems)
    t.same(
      rows,
      upTo(20).map((index) => index + 2),
    )
  const { text } = await getText(site, report.errorFile!)
  const lines = text.trimEnd().split('\n')
  t.equal(lines.length, 1001)
  t.equal(lines[0], "serial,osprofile,' =colour,Error - do not fill")
  t.match(lines[1], /^' =A0&B,nothing,' =cmd\|x!A0,serial: is a formula;/)
  t.notMatch(text, /(^|,)[=+@-]/m, 'no cell begins as a formula does')
  const again = await importCsv(site, text)
  t.same([again.problemsTotal, codes(again)[0]], [2000, '2 serial formula'], 'which it still is, unmended')
})
