import t from 'tap'
import {
  after,
  carriedOver,
  csvOf,
  type Finding,
  kindsOf,
  meaningsOf,
  placed,
  type Table,
  withBlock,
  withCell,
  withHeader,
  withoutRow,
} from '../src/pages/import-table.ts'

// One promise: a list that is mended goes out as it stands there, and what is said of it is shown where it is.

const table: Table = {
  headerRow: 3,
  header: ['Serial', 'MAC', 'MAC', ''],
  rows: [
    { number: 4, cells: ['A-1', '02:00:00:00:00:01', '02:00:00:00:00:zz', 'x'] },
    { number: 7, cells: ['"A";2', 'one\ntwo', '', ' y '] },
    { number: 8, cells: ['A-3'] },
  ],
}

await t.test('as CSV: what is in a cell stays in it, and rows keep their numbers where there is room', (t) => {
  const { text, numberOf } = csvOf(table)
  t.equal(
    text,
    [
      '',
      '',
      'Serial,MAC,MAC,',
      'A-1,02:00:00:00:00:01,02:00:00:00:00:zz,x',
      '',
      '',
      '"""A"";2","one\ntwo",," y "',
      'A-3',
      '',
    ].join('\n'),
  )
  t.same(
    [...numberOf],
    [
      [3, 3],
      [4, 4],
      [7, 7],
      [9, 8],
    ],
  )
  t.end()
})

await t.test('a cell, a row, a block of a spreadsheet, and the way back', (t) => {
  const mended = withCell(table, 8, 2, '02:00:00:00:00:03')
  t.same(mended.rows[2]?.cells, ['A-3', '', '02:00:00:00:00:03'])
  t.equal(mended.rows[0], table.rows[0], 'other rows are the same')
  t.equal(withCell(table, 8, 0, 'A-3'), table, 'nothing is no edit')
  t.equal(withCell(table, 5, 0, 'A-3'), table)
  t.same(
    withoutRow(table, 7).rows.map(({ number }) => number),
    [4, 8],
  )
  const pasted = withBlock(table, [7, 8], 2, 'a\tb\tno column\r\nc\td\r\nno row\r\n')
  t.same(pasted.rows[1]?.cells, ['"A";2', 'one\ntwo', 'a', 'b'])
  t.same(pasted.rows[2]?.cells, ['A-3', '', 'c', 'd'])

  let past = after({ tables: [table], at: 0 }, mended)
  t.same(after(past, mended), past, 'no edit, no step back')
  past = after({ ...past, at: 0 }, pasted)
  t.same(past, { tables: [table, pasted], at: 1 }, 'what was undone is gone')
  for (let edit = 0; edit < 300; edit++) past = after(past, withCell(table, 4, 0, `B-${edit}`))
  t.equal(past.tables.length, 101)
  t.equal(past.tables[0], table, 'the file as it came is kept')
  t.end()
})

await t.test('a list without a header gets one', (t) => {
  const named = withHeader({ headerRow: 1, header: ['A-1', 'x'], rows: [{ number: 2, cells: ['A-2', 'y'] }] }, String)
  t.same(named, {
    headerRow: 1,
    header: ['1', '2'],
    rows: [
      { number: 2, cells: ['A-1', 'x'] },
      { number: 3, cells: ['A-2', 'y'] },
    ],
  })
  t.match(withHeader(table, String), {
    headerRow: 2,
    rows: [{ number: 3 }, { number: 4 }, { number: 7 }, { number: 8 }],
  })
  t.end()
})

const finding = (row: number, column: string, value: string, code: string, isWarning = false) => ({
  row,
  column,
  value,
  code,
  message: '',
  isWarning,
})

await t.test('findings are at their cells', (t) => {
  const places = (found: Finding[]) => found.map(({ row, place }) => [row, place])
  const found = [
    finding(3, 'MAC', '', 'duplicate-column'),
    finding(4, 'MAC', '02:00:00:00:00:ZZ', 'invalid-mac'),
    finding(4, 'MAC', '02:00:00:00:00:01', 'duplicate-in-file'),
    finding(7, 'column 4', ' y ', 'too-long-cell'),
    finding(9, 'Serial', 'A-3', 'lost-zeros', true),
    finding(8, 'Name', 'x', 'name-taken'),
    finding(8, '', '', 'no-identifier'),
  ]
  t.same(places(placed(found, table, csvOf(table).numberOf)), [
    [3, 1],
    [4, 2],
    [4, 1],
    [7, 3],
    [8, 0],
    [8, null],
    [8, null],
  ])
  t.end()
})

await t.test('what the file itself was doubted for is doubted until its cell is mended', (t) => {
  const first = placed(
    [
      finding(4, 'Serial', 'A-1', 'guessed-encoding', true),
      finding(7, 'Serial', '"A";2', 'excel-date', true),
      finding(8, 'Serial', 'A-3', 'excel-date', true),
      finding(8, 'Serial', 'A-3', 'lost-zeros', true),
    ],
    table,
  )
  const mended = withoutRow(withCell(table, 4, 0, 'Ä-1'), 7)
  t.same(
    carriedOver(first, table, mended, []).map(({ row, code }) => [row, code]),
    [[8, 'excel-date']],
  )
  t.same(carriedOver(first, table, mended, [first[2]!]), [], 'which the server finds by its text, too')
  t.end()
})

await t.test('what was found, by its kind', (t) => {
  const of = (code: string, count: number) => ({ ...finding(1, '', '', code), count, rows: [] })
  const warnings = [of('lost-zeros', 57)]
  const found = placed([finding(4, 'Serial', '', 'invalid-mac'), finding(8, 'Serial', '', 'lost-zeros', true)], table)
  t.same(kindsOf({ problems: [of('invalid-mac', 2), of('name-taken', 3), of('invalid-mac', 4)], warnings }, found), [
    { code: 'invalid-mac', isWarning: false, count: 6, rows: new Set([4]) },
    { code: 'name-taken', isWarning: false, count: 3, rows: new Set() },
    { code: 'lost-zeros', isWarning: true, count: 57, rows: new Set([8]) },
  ])
  t.same(kindsOf({ problems: [], warnings: [] }, [], found.slice(1)), [
    { code: 'lost-zeros', isWarning: true, count: 1, rows: new Set([8]) },
  ])
  t.end()
})

await t.test('what each column is taken for', (t) => {
  const report = {
    columns: [
      { name: 'Kennung', column: 'Serial', by: 'request' },
      { name: 'MAC', column: 'MAC', by: 'name' },
      { name: 'MAC', column: 'MAC', by: 'name' },
      { name: 'S/N', column: '', by: 'site' },
    ] as const,
    unknownColumns: ['Regal'],
    metadataColumns: ['LVMSize'],
  }
  t.same(
    meaningsOf(['MAC', 'Regal', 'Kennung', 'LVM Size', 'MAC', 'S/N', ''], { ...report, columns: [...report.columns] }),
    ['MAC', '', 'Serial', 'metadata', 'MAC', '', ''],
  )
  t.end()
})
