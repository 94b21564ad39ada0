import { type CellDoubt, type ListRecord, MOST_COLUMNS, MOST_RECORD } from '../records.ts'
import { SAVE_AS, unreadable } from '../unreadable.ts'
import { dateText, numberText } from './number-format.ts'
import { type SharedStrings, unescaped } from './strings.ts'
import { isTrue, type Workbook } from './workbook.ts'
import { lengthened, readXml, type XmlReader } from './xml.ts'

/** From here on a number has more than the 15 digits that Excel keeps, and a double holds for sure. */
const ROUNDED = 1e15
const LAST_ROW = 1_048_576

interface Cell {
  column: number
  /** `s`: number of a shared text, `str` and `inlineStr`: text, `b`, `e`: an error value, `d`: a date, `n` */
  type: string
  style: number
  value: string
  hasValue: boolean
  /** null when it has none; of a shared formula all but the first cell have an empty one */
  formula: string | null
}

/** Why rows behind this one are not read. */
export interface SheetFault {
  line: number
  fault: string
}

/** Collects the rows of a sheet from its XML (ECMA-376 part 1, 18.3.1). */
class SheetReader implements XmlReader {
  /** rows that hold something, until somebody takes them */
  ready: (ListRecord | SheetFault)[] = []
  /** numbers of rows that somebody or a filter hid, and that hold something */
  hidden = 0
  readonly #book: Workbook
  readonly #strings: SharedStrings
  #line = 0
  #isHidden = false
  #cells: string[] = []
  #doubts: CellDoubt[] = []
  #size = 0
  #column = 0
  #cell: Cell | null = null
  #into: 'value' | 'formula' | null = null
  #pronounced = 0

  constructor(book: Workbook, strings: SharedStrings) {
    this.#book = book
    this.#strings = strings
  }

  open(name: string, attributes: Record<string, string>): void {
    if (name === 'row') {
      const line = attributes.r === undefined ? this.#line + 1 : numberOf(attributes.r)
      if (line <= this.#line || line > LAST_ROW) throw disordered()
      this.#line = line
      this.#isHidden = isTrue(attributes.hidden)
      this.#cells = []
      this.#doubts = []
      this.#size = 0
      this.#column = 0
    } else if (name === 'c') {
      this.#column = columnOf(attributes.r ?? '') || this.#column + 1
      const { t: type = 'n', s = '0' } = attributes
      this.#cell = { column: this.#column, type, style: Number(s), value: '', hasValue: false, formula: null }
    } else if (name === 'rPh') this.#pronounced++
    else if (this.#cell && this.#pronounced === 0) {
      this.#into = name === 'v' || name === 't' ? 'value' : name === 'f' ? 'formula' : null
      if (this.#into === 'value') this.#cell.hasValue = true
      if (this.#into === 'formula') this.#cell.formula = ''
    }
  }

  text(text: string): void {
    if (!this.#cell || !this.#into) return
    this.#cell[this.#into] = lengthened(this.#cell[this.#into] ?? '', text)
  }

  close(name: string): void {
    this.#into = null
    if (name === 'rPh') this.#pronounced--
    if (name === 'c' && this.#cell) {
      this.#put(this.#cell)
      this.#cell = null
    }
    if (name === 'row' && this.#cells.length > 0) {
      if (this.#isHidden) this.hidden++
      this.ready.push({ line: this.#line, cells: this.#cells, doubts: this.#doubts })
    }
  }

  #put(cell: Cell): void {
    const text = this.#textOf(cell)
    if (text === '') return
    this.#size += text.length
    const place = cell.column - 1
    if (place >= MOST_COLUMNS || this.#size > MOST_RECORD) {
      const what =
        place >= MOST_COLUMNS ? `has more than ${MOST_COLUMNS} cells` : `holds more than ${MOST_RECORD} characters`
      this.ready.push({ line: this.#line, fault: what })
      return
    }
    while (this.#cells.length < place) this.#cells.push('')
    this.#cells[place] = text
  }

  #textOf({ type, value, hasValue, formula, style, column }: Cell): string {
    if (!hasValue) return formula === null ? '' : `=${formula || '(shared)'}`
    if (type === 's') {
      const text = this.#strings.get(numberOf(value))
      if (text === undefined) throw unreadable(`is a damaged workbook, of which texts are missing; ${SAVE_AS}`)
      return text
    }
    if (type === 'str' || type === 'inlineStr') return unescaped(value)
    if (type === 'b') return isTrue(value.trim()) ? 'true' : 'false'
    const written = value.trim()
    const place = column - 1
    const format = this.#book.formats[style] ?? 'plain'
    if (type === 'e' || written === '') return written
    const date = type === 'd' ? written : format === 'date' ? dateText(Number(written), this.#book.from1904) : null
    if (date !== null) {
      this.#doubts.push([place, 'excel-date'])
      return date
    }
    const text = numberText(written, format)
    if (Math.abs(Number(written)) >= ROUNDED) this.#doubts.push([place, 'excel-rounding'])
    return text
  }
}

/**
 * The rows of a sheet that hold something, as its cells show them.
 * @param onHidden hears at the end how many of them are hidden
 * @returns rows, or a fault behind which nothing is read
 * @throws ProblemError import-unreadable
 */
export async function* readSheet(
  pieces: AsyncIterable<string>,
  book: Workbook,
  strings: SharedStrings,
  onHidden: (rows: number) => void,
): AsyncGenerator<ListRecord | SheetFault> {
  const reader = new SheetReader(book, strings)
  for await (const _ of readXml(pieces, reader))
    for (const row of reader.ready.splice(0)) {
      yield row
      if ('fault' in row) return
    }
  onHidden(reader.hidden)
}

function numberOf(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw disordered()
}

const disordered = () => unreadable(`is a damaged workbook, in which the numbers of rows do not work out; ${SAVE_AS}`)

/** PURE: `A1` is in column 1, `AB7` in 28; 0 when no letter says so. */
function columnOf(reference: string): number {
  let column = 0
  for (const letter of /^[A-Z]{1,3}/i.exec(reference)?.[0].toUpperCase() ?? '')
    column = column * 26 + letter.charCodeAt(0) - 64
  return column
}
