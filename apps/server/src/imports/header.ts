import { type CsvColumn, csvColumns, type ImportProblemCode, installedColumn } from '@eims/contracts'
import { shownText } from './cell-text.ts'
import { type ColumnMapping, mappingKey } from './column-mapping.ts'
import { columnNamed, keptAs, plainName } from './column-names.ts'

/** So much of a column's name stands in a report. */
export const MOST_NAME = 100

export interface Header {
  /** as the file has them */
  names: string[]
  /** where each of our columns stands; MACs may have several */
  places: Map<CsvColumn, number[]>
  /** metadata key by place, for columns that nothing here uses */
  metadata: Map<number, string>
  /** place of the error column; null when the file has none */
  error: number | null
  /** columns that nobody knows: named in the report, otherwise ignored */
  unknown: string[]
  /** what the file's names were taken for, and who says so */
  meanings: { name: string; column: CsvColumn | ''; by: 'name' | 'site' | 'request' }[]
}

export interface HeaderProblem {
  column: string
  code: ImportProblemCode
  message: string
}

const identifiers = ['Serial', 'UUID', 'MAC'] as const

/** PURE: which of our columns stands where, by name, in any order and case; and what makes the file unusable. */
export function readHeader(
  cells: readonly string[],
  mapping: ColumnMapping = new Map(),
): { header: Header; problems: HeaderProblem[] } {
  const names = cells.map((cell) => cell.trim())
  const header: Header = { names, places: new Map(), metadata: new Map(), error: null, unknown: [], meanings: [] }
  const problems: HeaderProblem[] = []
  const keys = names.map(mappingKey)
  const told = new Set<string | undefined>(keys.map((key) => mapping.get(key)?.column))
  // There may be several of these.
  told.delete('MAC')
  for (const [place, plain] of keys.entries()) {
    const shown = shownText(names[place] ?? '', MOST_NAME)
    const said = mapping.get(plain)
    if (said?.column === '') {
      header.meanings.push({ name: shown, ...said })
      continue
    }
    const guess = said ? undefined : columnNamed(plain)
    // Who says which column is the serial has thereby said that others are not.
    const column = said?.column ?? (guess !== undefined && guess !== 'Error' && told.has(guess) ? undefined : guess)
    const kept = said ? undefined : keptAs(plain)
    const before = column === 'Error' ? header.error : column && header.places.get(column)?.[0]
    if (column && column !== 'MAC' && before !== undefined && before !== null) {
      const other = shownText(names[before] ?? '', MOST_NAME)
      const message = `means the same as ${other}; leave one of them out, or unread: --column "NAME=" (REST: ?column=)`
      problems.push({ column: shown, code: 'duplicate-column', message })
    } else if (column === 'Error') header.error = place
    else if (column) {
      header.places.set(column, [...(header.places.get(column) ?? []), place])
      header.meanings.push({ name: shown, column, by: said?.by ?? 'name' })
    } else if (kept && ![...header.metadata.values()].includes(kept)) header.metadata.set(place, kept)
    else if (plain !== '' && plain !== plainName(installedColumn)) header.unknown.push(shown)
  }
  if (problems.length === 0 && !identifiers.some((column) => header.places.has(column)))
    problems.push({ column: '', code: 'no-identifier-column', message: withoutIdentifier(header) })
  return { header, problems }
}

function withoutIdentifier({ names, places }: Header): string {
  const said = shownText(names.filter(Boolean).slice(0, 8).join(', '), MOST_NAME)
  const remedy = 'say which column is one with --column "NAME=Serial" (REST: ?column=)'
  return places.size > 0
    ? `names neither a serial, a UUID nor a MAC, so no machine can be told from another; it says ${said}: ${remedy}`
    : `must name the columns, such as ${csvColumns.join(', ')}; it says ${said}: ${remedy}`
}

const knownNames = ({ places, metadata, error }: Header): number =>
  [...places.values()].flat().length + metadata.size + (error === null ? 0 : 1)

const filled = (cells: readonly string[]): number => cells.filter((cell) => cell.trim() !== '').length

/** PURE: whether a line can be nothing but a header: a row would have to hold the names of columns. */
export function isHeader(cells: readonly string[], mapping: ColumnMapping): boolean {
  const { header, problems } = readHeader(cells, mapping)
  const twice = problems.filter(({ code }) => code === 'duplicate-column').length
  return (
    identifiers.some((column) => header.places.has(column)) && (knownNames(header) + twice > 1 || filled(cells) === 1)
  )
}

/**
 * PURE: the header among the first lines that hold something: the first of them, or one below a title and the like. A cell
 * that stands alone is a title, whatever it says, where a line below it names several columns.
 * @returns its line, and what is wrong with it; null without a line
 */
export function findHeader(
  lines: readonly { line: number; cells: string[] }[],
  mapping: ColumnMapping,
): { line: number; header: Header; problems: HeaderProblem[] } | null {
  const [first] = lines
  if (!first) return null
  const read = { line: first.line, ...readHeader(first.cells, mapping) }
  if (filled(first.cells) > 1 && (read.problems.length === 0 || isHeader(first.cells, mapping))) return read
  const below = lines.slice(1).filter(({ cells }) => isHeader(cells, mapping))
  const later = below.find(({ cells }) => filled(cells) > 1) ?? (read.problems.length > 0 ? below[0] : undefined)
  if (!later) return read
  const above = lines.slice(0, lines.indexOf(later))
  if (above.every(({ cells }) => filled(cells) === 1 || knownNames(readHeader(cells, mapping).header) === 0))
    return { line: later.line, ...readHeader(later.cells, mapping) }
  const problems = read.problems.map((problem) => ({
    ...problem,
    message: `${problem.message}; line ${later.line} looks like the header: take out what stands above it`,
  }))
  return { ...read, problems }
}
