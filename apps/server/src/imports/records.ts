import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { type Options, type Parser, parse } from 'csv-parse'
import type { Encoding } from './encoding.ts'
import { type Separator, separatorOf } from './separator.ts'

/** More than the longest row that the registry could take; an unclosed quote ends here at the latest. */
export const MOST_RECORD = 4 * 1024 * 1024
export const MOST_COLUMNS = 1000
/** So much of the file's start tells its separator. */
const LOOK = 64 * 1024

/** A list that lies on the disk, how it is read, and how its error file is written. */
export interface ListFile {
  path: string
  /** bytes of what lies there */
  size: number
  /** `rows`: those of a sheet, a line of JSON each */
  form: 'csv' | 'rows'
  encoding: Encoding
  /** whether it begins with a byte order mark */
  mark: boolean
  separator: Separator
  crlf: boolean
}

/** A row: its cells, and the number of the line where it begins; of a sheet, its row. */
export interface ListRecord {
  line: number
  cells: string[]
  /** what a sheet says of cells that their texts do not */
  doubts?: CellDoubt[]
}

/** Place of a cell, and what is doubtful about it. */
export type CellDoubt = [place: number, code: 'excel-date' | 'excel-rounding']

/** Quotes or sizes do not work out in the row that begins at `line`, and nothing behind it can be told apart. */
export class BrokenCsv extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/** Looks at the file's start. @param isHeader whether cells are those of a header, which tells its separator */
export async function describeCsv(
  path: string,
  encoding: { encoding: Encoding; mark: boolean },
  isHeader: (cells: string[]) => boolean,
): Promise<ListFile> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOK), 0, LOOK, 0)
  const start = new TextDecoder(encoding.encoding).decode(buffer.subarray(0, bytesRead))
  const { separator, crlf } = separatorOf(start, isHeader)
  return { path, size: (await file.stat()).size, form: 'csv', ...encoding, separator, crlf }
}

/**
 * The rows of a file, in one pass that never holds more than a piece of it.
 * @param onBytes hears how many of the file's bytes are read
 * @throws BrokenCsv after the last row that can be trusted
 */
export const readRecords = (file: ListFile, onBytes = (_bytes: number) => {}): AsyncGenerator<ListRecord> =>
  file.form === 'rows' ? readRows(file, onBytes) : readCsv(file, onBytes)

async function* readRows({ path }: ListFile, onBytes: (bytes: number) => void): AsyncGenerator<ListRecord> {
  const decoder = new TextDecoder()
  const source = createReadStream(path, { highWaterMark: LOOK })
  let rest = ''
  for await (const bytes of source) {
    onBytes(source.bytesRead)
    const lines = (rest + decoder.decode(bytes as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const row = JSON.parse(line) as ListRecord | { line: number; fault: string }
      if ('fault' in row) throw new BrokenCsv(row.line, row.fault)
      yield row
    }
  }
}

/** Empty lines are rows, too. */
async function* readCsv(
  { path, encoding, separator }: ListFile,
  onBytes: (bytes: number) => void,
): AsyncGenerator<ListRecord> {
  const found: ListRecord[] = []
  let nextLine = 1
  const options = {
    delimiter: separator,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: MOST_RECORD,
    record_delimiter: '\n',
    // Called for each row at once: those before a fault are not lost with the stream's buffer.
    on_record(cells: string[], { lines }: { lines: number }) {
      const line = nextLine
      if (cells.length > MOST_COLUMNS) throw new Error(`has more than ${MOST_COLUMNS} cells`)
      if (line === 1 && isUtf16(cells)) throw new Error(NO_MARK)
      if (nextLine > 1 || !/^sep=.?$/i.test(cells.join(separator).trim()))
        found.push({ line, cells: cells.map(storableCell) })
      nextLine = lines + 1
      return null
    },
  }
  const parser = parse(options as unknown as Options)
  let fault: Error | null = null
  parser.on('error', (error) => {
    fault = error
  })
  parser.resume()
  const decoder = new TextDecoder(encoding)
  const lineBreaks = new OneLineBreak()
  const give = async (text: string, last: boolean) => {
    await push(parser, lineBreaks.of(text, last), last)
    return found.splice(0)
  }
  const source = createReadStream(path, { highWaterMark: LOOK })
  for await (const bytes of source) {
    onBytes(source.bytesRead)
    yield* await give(decoder.decode(bytes as Buffer, { stream: true }), false)
    if (fault) break
  }
  if (!fault) yield* await give(decoder.decode(), true)
  if (fault) throw new BrokenCsv(nextLine, wordsOf(fault))
}

const NO_MARK = 'is UTF-16 without its byte order mark; save the file as UTF-8, or as UTF-16 with the mark'
/** Every other byte of such a text is NUL, whatever else it was taken for. */
const isUtf16 = (cells: string[]) => {
  const start = cells.join('').slice(0, 64)
  return start.replaceAll('\0', '').length * 3 < start.length * 2
}

/** PostgreSQL's text and jsonb refuse NUL. */
const storableCell = (cell: string) => (cell.includes('\0') ? cell.replaceAll('\0', '\uFFFD') : cell)

function push(parser: Parser, text: string, last: boolean): Promise<void> {
  return new Promise((resolve) => {
    const done = () => resolve()
    if (last) parser.end(text, done)
    else parser.write(text, done)
  })
}

function wordsOf(error: Error): string {
  const { code, column } = error as { code?: string; column?: number }
  if (code === 'CSV_MAX_RECORD_SIZE')
    return `holds more than ${MOST_RECORD} characters up to its cell ${Number(column) + 1}: shorten that cell, or close the double quote that it opens`
  if (code === 'CSV_QUOTE_NOT_CLOSED')
    return 'opens a double quote that is never closed; close it, or write it twice where it belongs to the text'
  return error.message
}

/** CR LF and CR become LF, across pieces of a text. */
class OneLineBreak {
  #cr = false

  of(text: string, last: boolean): string {
    const whole = this.#cr ? `\r${text}` : text
    this.#cr = !last && whole.endsWith('\r')
    return (this.#cr ? whole.slice(0, -1) : whole).replace(/\r\n?/g, '\n')
  }
}
