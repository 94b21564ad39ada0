import {
  type CsvColumn,
  cellText,
  type DiskRule,
  type ImportProblemCode,
  type ImportWarningCode,
  isErrorValue,
  isFormula,
  Mac,
  Metadata,
  Name,
  NodeName,
  Serial,
  SmbiosText,
  Uuid,
} from '@eims/contracts'
import { type ImportRow, importIdentifiers, type RowProblem } from '@eims/registry'
import type { z } from 'zod'
import { readPairs, shownText } from './cell-text.ts'
import { readDisk } from './disk-cell.ts'
import { type Header, MOST_NAME } from './header.ts'
import { MOST_MACS, macText, readMacs } from './mac-cell.ts'
import type { Names } from './names.ts'
import type { CellDoubt } from './records.ts'
import { doubtOfSerial, sheetDoubts } from './serial-cell.ts'
import { uuidText } from './uuid-cell.ts'

const MOST_MESSAGE = 500
/** Four times what a spreadsheet's cell holds. */
const MOST_CELL = 131_072
/** A person mends so many at a time; a row can hold 100,000 bad words. */
const MOST_ROW_PROBLEMS = 100
/** Free texts keep their no-break spaces, so that an export of them comes back; elsewhere one is a slip of the typist. */
const texts = new Set<CsvColumn>(['Metadata', 'Manufacturer', 'Product', 'Disk'])
const NOTHING = ''

/** A cell of a row with its problems noted under the column's own name. */
class Cells {
  readonly problems: RowProblem[] = []
  readonly warnings: RowProblem<ImportWarningCode>[] = []
  readonly #cells: string[]
  readonly #header: Header
  readonly #overrides: Overrides

  constructor(cells: string[], header: Header, overrides: Overrides) {
    this.#cells = cells
    this.#header = header
    this.#overrides = overrides
  }

  /** Notes the cells that no cell of a list is as long as, used or not, and takes them for empty. */
  leaveOutOverlong(inSheet: boolean): void {
    for (const [place, { length }] of this.#cells.entries()) {
      if (length <= MOST_CELL) continue
      const column = this.#header.names[place] || `column ${place + 1}`
      const remedy = inSheet ? 'shorten it' : 'shorten it, or close the double quote before it'
      const message = `has ${length} characters; at most ${MOST_CELL} are taken: ${remedy}`
      this.note(column, this.#cells[place] ?? '', 'too-long-cell', message)
      this.#cells[place] = NOTHING
    }
  }

  /** Notes the cells that a spreadsheet has left without their value, and takes them for empty. */
  leaveOutFormulas(): void {
    const used = [...this.#header.places.values(), [...this.#header.metadata.keys()]].flat()
    for (const place of used) {
      const cell = this.#cells[place] ?? ''
      const column = this.#header.names[place] ?? ''
      if (isFormula(cell)) this.note(column, cell, 'formula', 'is a formula; paste its result as a text instead')
      else if (isErrorValue(cell))
        this.note(column, cell, 'spreadsheet-error', 'is the error of a formula; write what it should have found')
      else continue
      this.#cells[place] = NOTHING
    }
  }

  /** Notes that letters of the row are a guess. */
  doubtLetters(): void {
    for (const place of [...this.#header.places.values()].flat()) {
      const cell = this.#cells[place] ?? ''
      if (!/\P{ASCII}/u.test(cell)) continue
      const message =
        'was read as Windows-1252, for the file is not UTF-8; look whether its letters are right, or save the file as UTF-8'
      this.doubt(this.#header.names[place] ?? '', cell, 'guessed-encoding', message)
      return
    }
  }

  /** The cells' texts: what the import says for every row, else what stands there; empty ones are left out. */
  all(column: CsvColumn): { value: string; column: string }[] {
    const override = this.#overrides[column]
    if (override !== undefined) return override === NOTHING ? [] : [{ value: override, column: this.nameOf(column) }]
    return (this.#header.places.get(column) ?? [])
      .map((place) => ({ value: this.#text(column, place), column: this.#header.names[place] ?? column }))
      .filter(({ value }) => value !== '')
  }

  #text(column: CsvColumn, place: number): string {
    const text = cellText(this.#cells[place])
    return texts.has(column) ? text : text.replaceAll('\u00a0', ' ')
  }

  one(column: CsvColumn): string {
    return this.all(column)[0]?.value ?? ''
  }

  placeOf(column: CsvColumn): number | undefined {
    return this.#header.places.get(column)?.[0]
  }

  nameOf(column: CsvColumn): string {
    const place = this.placeOf(column)
    return place === undefined ? column : (this.#header.names[place] ?? column)
  }

  note(column: string, value: string, code: ImportProblemCode, message: string): null {
    if (this.problems.length < MOST_ROW_PROBLEMS)
      this.problems.push({
        column: shownText(column, MOST_NAME),
        value: shownText(value),
        code,
        message: shownText(message, MOST_MESSAGE),
      })
    return null
  }

  doubt(column: string, value: string, code: ImportWarningCode, message: string): void {
    this.warnings.push({ column: shownText(column, MOST_NAME), value: shownText(value), code, message })
  }

  /**
   * The cell in the schema's form; null when it is empty or, noted, not of that form.
   * @param asWritten turns a notation of people into one that the schema takes
   */
  parsed<S extends z.ZodType<string>>(
    column: CsvColumn,
    schema: S,
    code: ImportProblemCode,
    asWritten = (text: string) => text,
  ): string | null {
    const value = this.one(column)
    if (value === '') return null
    const result = schema.safeParse(asWritten(value))
    if (result.success) return result.data
    const [issue] = result.error.issues
    const message =
      issue?.code === 'too_big'
        ? `has ${value.length} characters; at most ${issue.maximum} are taken`
        : (issue?.message ?? 'is not valid')
    return this.note(this.nameOf(column), value, code, message)
  }
}

/** What is said for every row, before its cells: flags and environment of whoever imports. */
export type Overrides = Partial<Record<CsvColumn, string>>

/**
 * PURE: a row of the file as the registry takes it, with everything that is wrong in it; null for an empty one.
 * @param line number of the line where it begins
 * @param guessed whether the encoding of the file is a guess
 * @param doubts what a sheet says of the cells
 * @param inSheet whether it is a row of a sheet, which has neither separators nor quotes
 */
export function readRow(
  cells: string[],
  line: number,
  header: Header,
  names: Names,
  overrides: Overrides,
  {
    guessed = false,
    doubts = [],
    inSheet = false,
  }: { guessed?: boolean; doubts?: CellDoubt[] | undefined; inSheet?: boolean } = {},
): ImportRow | null {
  if (cells.every((cell, place) => place === header.error || cell.trim() === '')) return null
  const row = new Cells([...cells], header, overrides)
  const tooMany = cells.slice(header.names.length).filter((cell) => cell.trim() !== '')
  if (tooMany.length > 0) {
    const remedy = inSheet
      ? 'name their columns in the header, or empty them'
      : 'put cells with the separator in them in double quotes'
    const message = `has ${cells.length} cells, the header ${header.names.length}; ${remedy}`
    row.note('', tooMany.join(' '), 'too-many-cells', message)
  }
  const before = row.problems.length
  row.leaveOutOverlong(inSheet)
  row.leaveOutFormulas()
  if (guessed) row.doubtLetters()
  const identifiers = readIdentifiers(row, doubts)
  if (identifiers.length === 0 && row.problems.length === before)
    row.note('', '', 'no-identifier', 'needs a serial, a UUID or a MAC')
  return {
    row: line,
    name: row.parsed('Name', NodeName, 'invalid-name'),
    manufacturer: row.parsed('Manufacturer', SmbiosText, 'invalid-text'),
    product: row.parsed('Product', SmbiosText, 'invalid-text'),
    profileId: readProfile(row, names),
    batchId: readBatch(row, names),
    accountId: readAccount(row, names),
    disk: readDiskCell(row),
    metadata: readMetadata(row, cells, header),
    secure: readSecure(row, names),
    identifiers,
    problems: row.problems,
    warnings: row.warnings,
  }
}

function readIdentifiers(row: Cells, doubts: CellDoubt[]) {
  const serial = row.parsed('Serial', Serial, 'invalid-serial')
  const rounded = serial !== null && /^\d([.,]\d+)?E\+\d+$/i.test(serial)
  if (rounded)
    row.note(
      row.nameOf('Serial'),
      serial,
      'invalid-serial',
      'is a number that a spreadsheet has rounded; format the column as text before you paste',
    )
  const ofSheet = doubts.find(([place]) => place === row.placeOf('Serial'))
  const doubt = serial === null || rounded ? null : ofSheet ? sheetDoubts[ofSheet[1]] : doubtOfSerial(serial)
  if (doubt) row.doubt(row.nameOf('Serial'), serial ?? '', doubt.code, doubt.message)
  const uuid = row.parsed('UUID', Uuid, 'invalid-uuid', uuidText)
  const written = row.all('MAC').flatMap(({ value, column }) => readMacs(value).map((text) => ({ text, column })))
  if (written.length > MOST_MACS)
    row.note(row.nameOf('MAC'), '', 'invalid-mac', `holds more than ${MOST_MACS} MACs; the rest is not looked at`)
  const macs = written.slice(0, MOST_MACS).flatMap(({ text, column }) => {
    const result = Mac.safeParse(macText(text))
    if (result.success) return [{ value: result.data, column }]
    row.note(column, text, 'invalid-mac', result.error.issues[0]?.message ?? 'is not a MAC address')
    return []
  })
  const found = importIdentifiers({
    serial: serial === null || rounded ? null : { value: serial, column: row.nameOf('Serial') },
    uuid: uuid === null ? null : { value: uuid, column: row.nameOf('UUID') },
    macs,
  })
  for (const { column, value, code, message } of found.problems) row.note(column, value, code, message)
  return found.identifiers.map((each) => ({ ...each, column: shownText(each.column, MOST_NAME) }))
}

function readProfile(row: Cells, names: Names): string | null {
  const name = row.one('OSProfile')
  if (name === '') return null
  return (
    names.profile(name) ??
    row.note(row.nameOf('OSProfile'), name, 'unknown-profile', `is no OS profile; ${names.insteadOfProfile(name)}`)
  )
}

function readAccount(row: Cells, names: Names): string | null {
  const name = row.one('RemoteUser')
  if (name === '') return null
  return (
    names.account(name) ??
    row.note(row.nameOf('RemoteUser'), name, 'unknown-account', `is no local account; ${names.insteadOfAccount(name)}`)
  )
}

function readBatch(row: Cells, names: Names): string | null {
  const name = row.parsed('Batch', Name, 'invalid-batch')
  if (name === null) return null
  return (
    names.batch(name) ??
    row.note(row.nameOf('Batch'), name, 'invalid-batch', 'would be one new batch too many for one import')
  )
}

function readSecure(row: Cells, names: Names): boolean {
  const site = row.one('Site')
  if (site !== '' && site.toLowerCase() !== names.site.toLowerCase())
    row.note(
      row.nameOf('Site'),
      site,
      'other-site',
      `is another site; this is ${names.site}: write that, or leave it empty`,
    )
  const text = row.one('Secure').toLowerCase()
  if (['true', 'yes', '1'].includes(text)) return true
  if (!['', 'false', 'no', '0'].includes(text))
    row.note(row.nameOf('Secure'), text, 'invalid-secure', 'must be true or false')
  return false
}

function readDiskCell(row: Cells): DiskRule | null {
  const text = row.one('Disk')
  if (text === '') return null
  const rule = readDisk(text)
  return typeof rule === 'string' ? row.note(row.nameOf('Disk'), text, 'invalid-disk', rule) : rule
}

function readMetadata(row: Cells, cells: string[], header: Header): Record<string, string> | null {
  const text = row.one('Metadata')
  const pairs = readPairs(text)
  const column = row.nameOf('Metadata')
  if (!pairs) return row.note(column, text, 'invalid-metadata', 'must look like key=value&key2=value2, each key once')
  const kept = [...header.metadata]
    .map(([place, key]) => [key, cellText(cells[place])] as const)
    .filter(([, value]) => value !== '')
  if (pairs.length + kept.length === 0) return null
  const parsed = Metadata.safeParse(Object.fromEntries([...kept, ...pairs]))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return row.note(
    column,
    text,
    'invalid-metadata',
    `${shownText(issue?.path.join('.') ?? '')} ${issue?.message ?? 'is not valid'}`.trim(),
  )
}
