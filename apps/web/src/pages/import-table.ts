import { csvLine, type ImportPreview, type ImportReport } from '@eims/contracts'

/** A row of somebody's list. */
export interface Row {
  /** of its line in the file, or of its row in the sheet */
  number: number
  cells: readonly string[]
}

/** A list as the server read it, and as it is mended. Never changed: each edit makes another. */
export interface Table {
  /** number of the header's line */
  headerRow: number
  header: readonly string[]
  rows: readonly Row[]
}

/** So many characters of a column's name stand in a report, and can be spoken of in a mapping. */
export const MOST_NAME = 100

/** PURE: how findings call a column. */
export const nameOf = (header: readonly string[], place: number): string =>
  (header[place] || `column ${place + 1}`).slice(0, MOST_NAME)

/** PURE: a table with another text in a cell; the same table when it has that already. */
export function withCell(table: Table, number: number, place: number, text: string): Table {
  const row = table.rows.find((each) => each.number === number)
  if (!row || (row.cells[place] ?? '') === text) return table
  const wide = Array.from({ length: Math.max(row.cells.length, place + 1) }, (_, index) => row.cells[index] ?? '')
  wide[place] = text
  return { ...table, rows: table.rows.map((each) => (each === row ? { number, cells: wide } : each)) }
}

/** PURE: a table without a row. */
export const withoutRow = (table: Table, number: number): Table => ({
  ...table,
  rows: table.rows.filter((each) => each.number !== number),
})

/**
 * PURE: a table in whose cells stands what was copied of a spreadsheet.
 * @param numbers rows as they are shown; the first of them takes the first line
 */
export function withBlock(table: Table, numbers: readonly number[], place: number, text: string): Table {
  const lines = text.replace(/(?:\r\n?|\n)$/, '').split(/\r\n?|\n/)
  return lines.slice(0, numbers.length).reduce(
    (sum, line, index) =>
      line
        .split('\t')
        .filter((_, offset) => place + offset < table.header.length)
        .reduce((each, cell, offset) => withCell(each, numbers[index]!, place + offset, cell), sum),
    table,
  )
}

/** PURE: a table whose header was a row like the others. @param nameOfColumn by its number, 1 being the first */
export function withHeader(table: Table, nameOfColumn: (number: number) => string): Table {
  // No line stands above the first: all others go down by one.
  const down = table.headerRow === 1 ? 1 : 0
  const rows = [{ number: table.headerRow, cells: table.header }, ...table.rows]
  return {
    headerRow: table.headerRow - 1 + down,
    header: table.header.map((_, place) => nameOfColumn(place + 1)),
    rows: rows.map(({ number, cells }) => ({ number: number + down, cells })),
  }
}

/**
 * PURE: a table as CSV. Each row stands in the line of its number where there is room, with empty lines between, so that
 * what the server says of a row is of that number.
 * @returns also which line is which row's
 */
export function csvOf({ headerRow, header, rows }: Table): { text: string; numberOf: ReadonlyMap<number, number> } {
  const numberOf = new Map<number, number>()
  const lines: string[] = []
  let line = 1
  for (const { number, cells } of [{ number: headerRow, cells: header }, ...rows]) {
    for (; line < number; line++) lines.push('')
    numberOf.set(line, number)
    const text = csvLine(cells)
    lines.push(text)
    line += text.split(/\r\n?|\n/).length
  }
  return { text: `${lines.join('\n')}\n`, numberOf }
}

/** What the server found, with the place of its cell; null: it is of the row as a whole. */
export interface Finding {
  row: number
  place: number | null
  column: string
  value: string
  code: string
  message: string
  isWarning: boolean
}

/**
 * PURE: findings at their cells. Columns of one name are told apart by what stands in them.
 * @param numberOf row by line, where what was sent was made here
 */
export function placed(
  findings: ImportPreview['findings'],
  { header, rows }: Table,
  numberOf?: ReadonlyMap<number, number>,
): Finding[] {
  const places = Map.groupBy(header.keys(), (place) => nameOf(header, place))
  const cells = new Map(rows.map((row) => [row.number, row.cells]))
  return findings.map((finding) => {
    const row = numberOf?.get(finding.row) ?? finding.row
    const alike = finding.column === '' ? [] : (places.get(finding.column) ?? [])
    const value = finding.value.toLowerCase()
    const holds = (place: number) => value !== '' && (cells.get(row)?.[place] ?? '').toLowerCase().includes(value)
    return { ...finding, row, place: alike.find(holds) ?? alike[0] ?? null }
  })
}

/** Doubts about the file that it came in: text alone, as it is sent when it was mended, does not show them any more. */
const ofTheFile = new Set(['guessed-encoding', 'excel-date', 'excel-rounding'])

/** PURE: doubts about the file as it came, of cells that are what they were, which the server cannot find anew. */
export function carriedOver(
  first: readonly Finding[],
  original: Table,
  table: Table,
  now: readonly Finding[],
): Finding[] {
  const before = new Map(original.rows.map((row) => [row.number, row.cells]))
  const after = new Map(table.rows.map((row) => [row.number, row.cells]))
  const told = new Set(now.map(({ row, code }) => `${row} ${code}`))
  return first.filter(
    ({ row, place, code, isWarning }) =>
      isWarning &&
      place !== null &&
      ofTheFile.has(code) &&
      !told.has(`${row} ${code}`) &&
      after.has(row) &&
      after.get(row)?.[place] === before.get(row)?.[place],
  )
}

/** What was found of one kind. */
export interface Kind {
  code: string
  isWarning: boolean
  /** how often, in the whole file */
  count: number
  /** rows of the table that have it */
  rows: ReadonlySet<number>
}

/** PURE: what was found, by its kind, mistakes first and the most frequent ahead. @param carried is not in the report */
export function kindsOf(
  { problems, warnings }: Pick<ImportReport, 'problems' | 'warnings'>,
  findings: readonly Finding[],
  carried: readonly Finding[] = [],
): Kind[] {
  const kinds = new Map<string, Kind & { rows: Set<number> }>()
  const add = (code: string, isWarning: boolean, count: number) => {
    const kind = kinds.get(code) ?? { code, isWarning, count: 0, rows: new Set<number>() }
    kinds.set(code, { ...kind, isWarning: kind.isWarning && isWarning, count: kind.count + count })
  }
  for (const { code, count } of problems) add(code, false, count)
  for (const { code, count } of warnings) add(code, true, count)
  for (const { code } of carried) add(code, true, 1)
  for (const { code, row } of [...findings, ...carried]) kinds.get(code)?.rows.add(row)
  return [...kinds.values()].sort(
    (one, other) => Number(one.isWarning) - Number(other.isWarning) || other.count - one.count,
  )
}

/** What a column of the list is taken for: one of ours, kept as metadata, or not read. */
export type Meaning = ImportReport['columns'][number]['column'] | 'metadata'

/** PURE: what each column was taken for, by its place. */
export function meaningsOf(
  header: readonly string[],
  { columns, unknownColumns, metadataColumns }: Pick<ImportReport, 'columns' | 'unknownColumns' | 'metadataColumns'>,
): Meaning[] {
  const left = [...columns]
  return header.map((text) => {
    const name = text.slice(0, MOST_NAME)
    const at = left.findIndex((each) => each.name === name)
    if (at >= 0) return left.splice(at, 1)[0]!.column
    const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
    const isKept = !unknownColumns.includes(name) && metadataColumns.some((key) => key.toLowerCase() === plain)
    return isKept ? 'metadata' : ''
  })
}

/** Rows by which a column's width is chosen, and its least and most, in characters. */
const LOOKED_AT = 200
const NARROW = 9
const WIDE = 30

/** PURE: characters that each column has room for. */
export const widthsOf = ({ header, rows }: Table): number[] =>
  header.map((name, place) => {
    const lengths = rows.slice(0, LOOKED_AT).map(({ cells }) => cells[place]?.length ?? 0)
    return Math.min(WIDE, Math.max(NARROW, name.length, ...lengths))
  })

/** Edits that can be undone. */
const MOST_UNDONE = 100

/** Tables as they became one after the other, and which of them is shown. */
export interface Past {
  tables: readonly Table[]
  at: number
}

/** PURE: the past with one more edit; what was undone before is gone. The first table is kept, for it is the file as it came. */
export function after({ tables, at }: Past, table: Table): Past {
  if (table === tables[at]) return { tables, at }
  const [first, ...rest] = [...tables.slice(0, at + 1), table]
  const kept = [first!, ...rest.slice(-MOST_UNDONE)]
  return { tables: kept, at: kept.length - 1 }
}
