import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { columnMapping } from '../src/imports/column-mapping.ts'
import { openList } from '../src/imports/list-file.ts'
import { readRecords } from '../src/imports/records.ts'
import { dateText, numberText, readNumberFormat } from '../src/imports/xlsx/number-format.ts'
import { formatted, type WrittenCell, workbookParts, writeWorkbook, zipped } from './support/workbook.ts'

const folder = mkdtempSync(join(tmpdir(), 'eims-xlsx-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const plainText = { encoding: 'utf-8', mark: false } as const

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function read(bytes: Buffer, sheet?: string) {
  const path = join(folder, 'file.xlsx')
  writeFileSync(path, bytes)
  const list = await openList(
    path,
    plainText,
    columnMapping([], {}),
    sheet,
    () => {},
    async () => {},
  )
  return { ...list, rows: await allOf(readRecords(list.file)) }
}
const cells = async (rows: WrittenCell[][], more: Parameters<typeof writeWorkbook>[1] = {}) =>
  (await read(writeWorkbook([{ name: 'Liste', rows }], more))).rows.map((row) => row.cells)

await t.test('cells as they are shown: texts, numbers, formats, results of formulas', async (t) => {
  const formats = ['00000', '0000-0000', '"SN-"00', '[$-407]dd/mm/yyyy', '#,##0.00', '@']
  const given: [WrittenCell, string][] = [
    ['Ä & <B>', 'Ä & <B>'],
    [123, '123'],
    [0.1, '0.1'],
    [{ xml: '><v>1.5E+15</v></c>' }, '1500000000000000'],
    [formatted(123, 0), '00123'],
    [formatted(1234567, 0), '1234567'],
    [formatted(12345, 1), '0001-2345'],
    [formatted(7, 2), 'SN-07'],
    [formatted(45355, 3), '2024-03-04'],
    [formatted(45355.5, 3), '2024-03-04 12:00:00'],
    [formatted(1234, 4), '1234'],
    [formatted('0.30000000000000004', 5), '0.3'],
    [{ xml: ' t="inlineStr"><is><r><t>in</t></r><r><t xml:space="preserve"> line</t></r></is></c>' }, 'in line'],
    [{ xml: ' t="str"><f>A1&amp;"x"</f><v>result</v></c>' }, 'result'],
    [{ xml: '><f>1+1</f><v>2</v></c>' }, '2'],
    [{ xml: '><f>B1</f></c>' }, '=B1'],
    [{ xml: ' t="e"><f>X!A1</f><v>#REF!</v></c>' }, '#REF!'],
    [{ xml: ' t="b"><v>1</v></c>' }, 'true'],
    [{ xml: ' t="d"><v>2024-03-04</v></c>' }, '2024-03-04'],
    [{ xml: ' t="str"><v>a_x000D_b_x0000_</v></c>' }, 'a\rb\uFFFD'],
    [{ xml: ' s="1"/>' }, ''],
    ['end', 'end'],
  ]
  t.same(await cells([given.map(([cell]) => cell)], { formats }), [given.map(([, text]) => text)])
})

await t.test('what a sheet knows of cells beside their texts', async (t) => {
  const rows = [
    [formatted(45355, 0), { xml: '><v>1234567890123456</v></c>' }, 'text', '1234567890123456', 999_999_999_999_999],
  ]
  const [row] = (await read(writeWorkbook([{ name: 'A', rows }], { formats: ['d.m.yy'] }))).rows
  t.same(row?.cells, ['2024-03-04', '1234567890123456', 'text', '1234567890123456', '999999999999999'])
  t.same(row?.doubts, [
    [0, 'excel-date'],
    [1, 'excel-rounding'],
  ])
})

await t.test(
  'rich text without its pronunciation; parts with prefixes; rows and cells without their numbers',
  async (t) => {
    const parts = workbookParts([{ name: 'A', rows: [[]] }])
    parts['xl/sharedStrings.xml'] =
      '<x:sst xmlns:x="m"><x:si><x:r><x:t>AB</x:t></x:r><x:r><x:t>-1</x:t></x:r><x:rPh><x:t>abe</x:t></x:rPh></x:si></x:sst>'
    parts['xl/worksheets/sheet1.xml'] =
      '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c/><x:c><x:v>5</x:v></x:c></x:row><x:row r="4"><x:c r="B4"><x:v>6</x:v></x:c></x:row></x:sheetData><x:mergeCells><x:mergeCell ref="A1:A4"/></x:mergeCells></x:worksheet>'
    t.same((await read(zipped(parts))).rows, [
      { line: 1, cells: ['AB-1', '', '5'], doubts: [] },
      { line: 4, cells: ['', '6'], doubts: [] },
    ])
  },
)

await t.test(
  'the first sheet that is not hidden, or one by name or number; hidden rows are read and told',
  async (t) => {
    const sheet = (name: string, more = {}) => ({ name, rows: [[`in ${name}`], ['x']], ...more })
    const book = writeWorkbook([sheet('Alt', { state: 'hidden' }), sheet('Liste', { hidden: [2] }), sheet('2024')])
    const first = await read(book)
    t.match(first, { sheet: 'Liste', format: 'xlsx', rows: [{ cells: ['in Liste'] }, { cells: ['x'] }] })
    t.same(first.notes, [
      'the sheet Liste was read; --sheet (REST: ?sheet=) reads another: Alt, 2024',
      '1 row of the sheet is hidden, and read like the others',
    ])
    t.match(await read(book, ' alt'), { sheet: 'Alt' })
    t.match(await read(book, '2024'), { sheet: '2024' })
    t.match(await read(book, '2'), { sheet: 'Liste' })
    for (const wanted of ['4', '0', 'Neu'])
      await t.rejects(read(book, wanted), {
        code: 'invalid-input',
        message: `query.sheet names the sheet ${wanted}, which the file does not have; it has: 1 Alt, 2 Liste, 3 2024`,
      })
    writeFileSync(join(folder, 'file.xlsx'), 'serial\nA\n')
    const csv = openList(
      join(folder, 'file.xlsx'),
      plainText,
      columnMapping([], {}),
      '1',
      () => {},
      async () => {},
    )
    await t.rejects(csv, { code: 'invalid-input', message: /this file is CSV/ })
  },
)

await t.test('number formats and days by themselves', (t) => {
  const shown = (value: string, code: string) => {
    const format = readNumberFormat(code)
    return format === 'date' ? 'date' : numberText(value, format)
  }
  t.equal(shown('5', '000;[Red]-000'), '005')
  t.equal(shown('-5', '000'), '-005')
  t.equal(shown('0', '0'), '0')
  t.equal(shown('0', '###'), '0', 'a number of which the format shows nothing is itself')
  t.equal(shown('1.5', '000'), '1.5')
  t.equal(shown('12', String.raw`\A0_)`), 'A12')
  t.equal(shown('1', '[h]:mm'), 'date')
  t.equal(shown('1', '"day" 0'), 'day 1')
  t.equal(shown('1', 'General'), '1')
  t.equal(shown('12345678901234567890', '0'), '12345678901234567890')
  t.equal(shown('1E+30', '0'), '1e+30')
  t.equal(dateText(1, false), '1900-01-01')
  t.equal(dateText(60.25, false), '1900-02-28 06:00:00', 'the day that never was')
  t.equal(dateText(61, false), '1900-03-01')
  t.equal(dateText(0.5, false), '12:00:00')
  t.equal(dateText(1, true), '1904-01-02')
  t.equal(dateText(-1, false), null)
  t.equal(dateText(1e300, false), null)
  t.end()
})

/** A ZIP file with one part that is already packed. */
function withPacked(name: string, packed: Buffer, size: number): Buffer {
  const others = workbookParts([{ name: 'A', rows: [[]] }])
  delete others[name]
  const whole = zipped({ ...others, [name]: Buffer.alloc(0) })
  const at = whole.indexOf(name) - 30
  const header = Buffer.from(whole.subarray(at, at + 30))
  header.writeUInt16LE(8, 8)
  header.writeUInt32LE(packed.length, 18)
  header.writeUInt32LE(size, 22)
  const end = whole.length - 22
  const directory = whole.readUInt32LE(end + 16)
  const last = Buffer.concat([header, Buffer.from(name), packed])
  const central = Buffer.from(whole.subarray(directory, end))
  const entry = central.indexOf(name) - 46
  central.writeUInt16LE(8, entry + 10)
  central.writeUInt32LE(packed.length, entry + 20)
  central.writeUInt32LE(size, entry + 24)
  central.writeUInt32LE(directory, entry + 42)
  const tail = Buffer.from(whole.subarray(end))
  tail.writeUInt32LE(directory + last.length, 16)
  return Buffer.concat([whole.subarray(0, directory), last, central, tail])
}

await t.test(
  'a ZIP bomb is refused as soon as it has grown beyond what a list can be',
  { timeout: 60_000 },
  async (t) => {
    const bomb = Buffer.concat([Buffer.from('<worksheet><row>'), Buffer.alloc(24 * 1024 * 1024, '<c/>')])
    const size = bomb.length
    const packed = deflateRawSync(bomb, { level: 9 })
    t.ok(packed.length < 1024 * 1024, `${packed.length} bytes`)
    const before = process.memoryUsage().rss
    await t.rejects(read(withPacked('xl/worksheets/sheet1.xml', packed, size)), {
      code: 'import-unreadable',
      message: /^the file unpacks from 1 MiB to more than \d+ MiB, as only a ZIP bomb does/,
    })
    t.ok(process.memoryUsage().rss - before < 256 * 1024 * 1024)
    const lied = withPacked('xl/worksheets/sheet1.xml', packed, 100)
    await t.rejects(
      read(lied),
      { code: 'import-unreadable', message: /is damaged, or not whole/ },
      'nor one that lies of it',
    )
    const text = deflateRawSync(Buffer.from(`<worksheet><sheetData><row><c t="str"><v>${'a'.repeat(6_000_000)}`))
    await t.rejects(read(withPacked('xl/worksheets/sheet1.xml', text, 6_000_044)), {
      message: /with a cell beyond all bounds/,
    })
  },
)

await t.test('bounds of a sheet: columns, a row’s text, its order, its depth', async (t) => {
  const rows = [['Serial'], ['A'], Array.from({ length: 1001 }, (_, place) => (place === 1000 ? 'x' : null))]
  await t.rejects(read(writeWorkbook([{ name: 'A', rows }])), { line: 3, message: 'has more than 1000 cells' })
  const long = Array.from({ length: 150 }, () => 'x'.repeat(32_000))
  await t.rejects(read(writeWorkbook([{ name: 'A', rows: [['a'], long] }])), {
    line: 2,
    message: /more than 4194304 characters/,
  })
  const broken: [string, RegExp][] = [
    ['<worksheet><row r="2"/><row r="2"/></worksheet>', /the numbers of rows do not work out/],
    ['<worksheet><row r="1048577"/></worksheet>', /the numbers of rows do not work out/],
    ['<worksheet><row><c t="s"><v>7</v></c></row></worksheet>', /texts are missing/],
    ['<worksheet><row>', /XML does not work out/],
    ['<a>'.repeat(200), /XML does not work out/],
    ['<!DOCTYPE a [<!ENTITY e "x">]><worksheet><row><c><v>&e;</v></c></row></worksheet>', /XML does not work out/],
  ]
  for (const [xml, message] of broken) {
    const parts = workbookParts([{ name: 'A', rows: [[]] }])
    parts['xl/worksheets/sheet1.xml'] = xml
    await t.rejects(read(zipped(parts)), { code: 'import-unreadable', message }, xml.slice(0, 60))
  }
  const sheets = Array.from({ length: 1001 }, (_, index) => ({ name: `S${index}`, rows: [] }))
  await t.rejects(read(writeWorkbook(sheets)), { message: /more than 1000 sheets/ })
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`f${index}`, '']))
  await t.rejects(read(zipped(many)), { message: /ZIP archive of 10001 files/ })
})

await t.test('a workbook that was cut, or changed on its way, is damaged', async (t) => {
  const whole = writeWorkbook([{ name: 'A', rows: [['Serial'], ['ABC-1234567']] }])
  const message = /is damaged, or not whole/
  await t.rejects(read(whole.subarray(0, whole.length - 100)), { code: 'import-unreadable', message })
  const changed = Buffer.from(zipped({ 'xl/x': '' }))
  changed.fill(7, 30, 60)
  await t.rejects(read(changed), { code: 'import-unreadable' })
  // Stored as it is, a changed letter is found by nothing but its checksum.
  const stored = zipped(workbookParts([{ name: 'A', rows: [['ABC-1234567']] }]), 0)
  t.same((await read(stored)).rows[0]?.cells, ['ABC-1234567'])
  stored[stored.indexOf('ABC-1234567')] = 0x58
  await t.rejects(read(stored), { code: 'import-unreadable', message })
})
