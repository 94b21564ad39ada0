import { csvLine, errorColumn, guardedAgain, guardedCell, type ImportProblem, ProblemError } from '@eims/contracts'
import { type Room, writeBounded } from './bounded-file.ts'
import type { Header } from './header.ts'
import { type ListFile, readRecords } from './records.ts'

/** A row of a few bytes may have a hundred reasons; bytes. */
const MOST_ERROR_FILE = 512 * 1024 * 1024

export interface ErrorFile {
  /** its bytes; null: there is none */
  bytes: number | null
  /** why there is none though rows had problems */
  notes: string[]
}

/** PURE: everything that is wrong with a row, for its error cell. */
const reasonsText = (problems: readonly Pick<ImportProblem, 'column' | 'message'>[]): string =>
  problems.map(({ column, message }) => (column === '' ? message : `${column}: ${message}`)).join('; ')

/** PURE: a row with its reasons in the error column, which stands at the end where the file had none. */
function withReasons(cells: readonly string[], header: Header, reasons: string): string[] {
  const place = header.error ?? header.names.length
  const wide = Array.from({ length: Math.max(cells.length, header.names.length) }, (_, index) => cells[index] ?? '')
  if (header.error === null && wide.length > place) return [...wide.slice(0, place), reasons, ...wide.slice(place)]
  wide[place] = reasons
  return wide
}

/**
 * Writes the file again, with reasons: mended, it can be fed in as it is. Same columns, separator and line ends, in UTF-8, without what stood above the header;
 * what a spreadsheet would run is guarded as in an export.
 * @param problems in the order of rows
 * @param all whether the good rows stand in it, too; needed as long as they are not in the registry
 * @param room asked while it is written
 * @returns without bytes where it is too large or the disk has no room: it is a convenience for which no import fails
 */
export async function writeErrorFile(
  path: string,
  { file, header, headerLine, problems, all, room }: Rows & { room: Room },
): Promise<ErrorFile> {
  const what = 'the error file'
  const most = MOST_ERROR_FILE
  const tooLarge = () => new ProblemError('too-large', `${what} would have more than ${most / 1024 / 1024} MiB`)
  try {
    const texts = lines({ file, header, headerLine, problems, all })
    return { bytes: await writeBounded(path, texts, { what, most, tooLarge, room }), notes: [] }
  } catch (error) {
    if (!(error instanceof ProblemError && ['too-large', 'disk-full'].includes(error.code))) throw error
    return { bytes: null, notes: [`there is no error file: ${error.message}`] }
  }
}

interface Rows {
  file: ListFile
  header: Header
  headerLine: number
  problems: AsyncIterable<ImportProblem>
  all: boolean
}

async function* lines({ file, header, headerLine, problems, all }: Rows): AsyncGenerator<string> {
  const end = file.crlf ? '\r\n' : '\n'
  // A spreadsheet takes a file without the mark for one of its own code page.
  if (file.mark || file.encoding !== 'utf-8') yield '\uFEFF'
  const names = header.error === null ? [...header.names, errorColumn] : header.names
  yield `${csvLine(names.map(guardedAgain), file.separator)}${end}`
  const reasons = byRow(problems)
  let next = await reasons.next()
  for await (const { line, cells } of readRecords(file)) {
    if (line <= headerLine) continue
    while (!next.done && next.value.row < line) next = await reasons.next()
    const found = !next.done && next.value.row === line ? next.value.problems : []
    if (found.length > 0 || (all && cells.some((cell) => cell.trim() !== '')))
      yield `${csvLine(withReasons(cells.map(guardedAgain), header, guardedCell(reasonsText(found))), file.separator)}${end}`
  }
}

async function* byRow(
  problems: AsyncIterable<ImportProblem>,
): AsyncGenerator<{ row: number; problems: ImportProblem[] }, undefined> {
  let row: ImportProblem[] = []
  for await (const problem of problems) {
    if (row[0] && row[0].row !== problem.row) {
      yield { row: row[0].row, problems: row }
      row = []
    }
    row.push(problem)
  }
  if (row[0]) yield { row: row[0].row, problems: row }
  return undefined
}
