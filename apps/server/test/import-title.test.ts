import t from 'tap'
import { columnMapping } from '../src/imports/column-mapping.ts'
import { findHeader, isHeader, readHeader } from '../src/imports/header.ts'
import { readRow } from '../src/imports/read-row.ts'
import { separatorOf } from '../src/imports/separator.ts'
import { names } from './support/csv.ts'

// One promise: a title that is worded like a column is still a title where the header stands below it.

const none = columnMapping([], {})
const lineOf = (...rows: string[]) => {
  const lines = rows.map((row, index) => ({ line: index + 1, cells: row.split(';') }))
  return findHeader(lines, none)?.line
}

await t.test('a cell that stands alone gives way to a header of several columns', (t) => {
  t.equal(lineOf('Serial numbers', 'S/N;MAC;Model', 'A-1;;x'), 2)
  t.equal(lineOf('Serial numbers;;', 'Stand: Mai;;', 'S/N;MAC;Model'), 3)
  t.equal(lineOf('Name', 'Model', 'S/N;MAC'), 3, 'of no identifier, too')
  t.equal(lineOf('Serial numbers', 'A-1', 'A-2'), 1, 'a list of one column')
  t.equal(lineOf('Serial', 'A-1;x', 'SN;x'), 1, 'a row that names one column is none of several')
  t.equal(lineOf('Serial;Farbe', 'MAC;SN'), 1, 'a line of several cells is no title')
  t.end()
})

await t.test('the separator is that of the header below such a title', (t) => {
  const separator = (text: string) => separatorOf(text, (cells) => isHeader(cells, none)).separator
  t.equal(separator('Serial numbers\nS/N;MAC;Model\n'), ';')
  t.equal(separator('Serial\nA-1\nA|2\n'), ',')
  t.equal(separator('Titel|x\nSerial;;\nA;;\n'), ';', 'a header of one column has its empty cells')
  t.end()
})

await t.test('of a sheet nobody is told of separators and quotes', (t) => {
  const problems = (inSheet: boolean) =>
    readRow(['x'.repeat(200_000), 'b'], 2, readHeader(['Serial']).header, names, {}, { inSheet })?.problems
  t.match(problems(true), [
    { code: 'too-many-cells', message: 'has 2 cells, the header 1; name their columns in the header, or empty them' },
    { code: 'too-long-cell', message: /are taken: shorten it$/ },
  ])
  t.match(problems(false), [{ message: /in double quotes$/ }, { message: /close the double quote before it$/ }])
  t.end()
})
