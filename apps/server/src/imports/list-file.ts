import { counted, ProblemError } from '@eims/contracts'
import { type Room, writeBounded } from './bounded-file.ts'
import { shownText } from './cell-text.ts'
import type { ColumnMapping } from './column-mapping.ts'
import type { Encoding } from './encoding.ts'
import { readFormat } from './file-format.ts'
import { isHeader } from './header.ts'
import { describeCsv, type ListFile } from './records.ts'
import { SAVE_AS, unreadable } from './unreadable.ts'
import { Package } from './xlsx/package.ts'
import { readSheet } from './xlsx/sheet.ts'
import { readStrings } from './xlsx/strings.ts'
import { chosenSheet, readWorkbook } from './xlsx/workbook.ts'

/** So many characters of rows are written at once. */
const PIECE = 64 * 1024
/** A million cells may refer to one long text, so what is written has a bound of its own; bytes. */
const MOST_ROWS_BYTES = 512 * 1024 * 1024

interface ReadList {
  file: ListFile
  format: 'csv' | 'xlsx'
  /** name of the sheet that was read */
  sheet: string | null
  /** names of all sheets */
  sheets: string[]
  /** what a person should know of how it was read */
  notes: string[]
}

/**
 * Looks at what came in. The rows of a workbook's sheet are written beside it, in a form that is read more than once at
 * no cost; the workbook is read in one pass, piece by piece, so that nobody else waits for it.
 * @param sheet its name or number; null for the first
 * @param onRows hears how many rows are read; what it throws ends the reading
 * @param room asked while a sheet's rows are written
 * @throws ProblemError import-unreadable, invalid-input, disk-full
 */
export async function openList(
  path: string,
  encoding: { encoding: Encoding; mark: boolean },
  mapping: ColumnMapping,
  sheet: string | undefined,
  onRows: (rows: number) => void,
  room: Room,
): Promise<ReadList> {
  if ((await readFormat(path)) === 'zip') return readWorkbookSheet(path, sheet, onRows, room)
  if (sheet !== undefined) {
    const message = 'says which sheet of an .xlsx file is meant; this file is CSV: leave it out'
    throw new ProblemError('invalid-input', `query.sheet ${message}`, [{ path: 'query.sheet', message }])
  }
  const file = await describeCsv(path, encoding, (cells) => isHeader(cells, mapping))
  return { file, format: 'csv', sheet: null, sheets: [], notes: [] }
}

/** Where the rows of a sheet are written. */
export const rowsBeside = (path: string): string => `${path}.rows`

async function readWorkbookSheet(
  path: string,
  wanted: string | undefined,
  onRows: (rows: number) => void,
  room: Room,
): Promise<ReadList> {
  await using workbook = await Package.open(path)
  const book = await readWorkbook(workbook)
  const { name, part } = chosenSheet(book, wanted)
  const strings = await readStrings(workbook, book.strings, () => onRows(0))
  let hidden = 0
  const rows = readSheet(workbook.text(part), book, strings, (count) => {
    hidden = count
  })
  const to = rowsBeside(path)
  const size = await writeBounded(to, linesOf(rows, onRows), {
    what: 'the text of the sheet',
    most: MOST_ROWS_BYTES,
    tooLarge: () => unreadable(`is a sheet with more than ${MOST_ROWS_BYTES / 1024 / 1024} MiB of text; ${SAVE_AS}`),
    room,
  })
  const file = { path: to, size, form: 'rows', encoding: 'utf-8', mark: true, separator: ',', crlf: true } as const
  const shownName = (each: { name: string }) => shownText(each.name, 31)
  const others = book.sheets.filter((each) => each.name !== name).map(shownName)
  const notes = [
    others.length > 0
      ? `the sheet ${shownText(name, 31)} was read; --sheet (REST: ?sheet=) reads another: ${shownText(others.join(', '))}`
      : '',
    hidden > 0
      ? `${counted(hidden, 'row')} of the sheet ${hidden === 1 ? 'is' : 'are'} hidden, and read like the others`
      : '',
  ]
  const sheets = book.sheets.map(shownName)
  return { file, format: 'xlsx', sheet: shownText(name, 31), sheets, notes: notes.filter(Boolean) }
}

/** A line of JSON for each row. */
async function* linesOf(rows: ReturnType<typeof readSheet>, onRows: (rows: number) => void): AsyncGenerator<string> {
  let text = ''
  let count = 0
  for await (const row of rows) {
    text += `${JSON.stringify('cells' in row ? { ...row, cells: row.cells.map(storable) } : row)}\n`
    count++
    if (text.length < PIECE) continue
    onRows(count)
    yield text
    text = ''
  }
  yield text
}

/** PostgreSQL's text and jsonb refuse NUL, and half a surrogate pair. */
const storable = (cell: string) => cell.replaceAll('\0', '\uFFFD').toWellFormed()
