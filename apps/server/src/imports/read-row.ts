import {
  type CsvColumn,
  type DiskRule,
  type ImportProblemCode,
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
import { cellText, readPairs, shownText } from './cell-text.ts'
import { readDisk } from './disk-cell.ts'
import { type Header, MOST_NAME } from './header.ts'
import { MOST_MACS, readMacs } from './mac-cell.ts'
import type { Names } from './names.ts'

const MOST_MESSAGE = 500
/** A person mends so many at a time; a row can hold 100,000 bad words. */
const MOST_ROW_PROBLEMS = 100
/** Free texts keep their no-break spaces, so that an export of them comes back; elsewhere one is a slip of the typist. */
const texts = new Set<CsvColumn>(['Metadata', 'Manufacturer', 'Product', 'Disk'])
const NOTHING = ''

/** A cell of a row with its problems noted under the column's own name. */
class Cells {
  readonly problems: RowProblem[] = []
  readonly #cells: string[]
  readonly #header: Header
  readonly #overrides: Overrides

  constructor(cells: string[], header: Header, overrides: Overrides) {
    this.#cells = cells
    this.#header = header
    this.#overrides = overrides
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

  nameOf(column: CsvColumn): string {
    const place = this.#header.places.get(column)?.[0]
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

  /** The cell in the schema's form; null when it is empty or, noted, not of that form. */
  parsed<S extends z.ZodType<string>>(column: CsvColumn, schema: S, code: ImportProblemCode): string | null {
    const value = this.one(column)
    if (value === '') return null
    const result = schema.safeParse(value)
    if (result.success) return result.data
    return this.note(this.nameOf(column), value, code, result.error.issues[0]?.message ?? 'is not valid')
  }
}

/** What is said for every row, before its cells: flags and environment of whoever imports. */
export type Overrides = Partial<Record<CsvColumn, string>>

/**
 * PURE: a row of the file as the registry takes it, with everything that is wrong in it; null for an empty one.
 * @param line number of the line where it begins
 */
export function readRow(
  cells: string[],
  line: number,
  header: Header,
  names: Names,
  overrides: Overrides,
): ImportRow | null {
  if (cells.every((cell, place) => place === header.error || cell.trim() === '')) return null
  const row = new Cells(cells, header, overrides)
  const tooMany = cells.slice(header.names.length).filter((cell) => cell.trim() !== '')
  if (tooMany.length > 0)
    row.note(
      '',
      tooMany.join(' '),
      'too-many-cells',
      `has ${cells.length} cells, the header ${header.names.length}; put cells with the separator in them in double quotes`,
    )
  const { identifiers, complete } = readIdentifiers(row)
  if (identifiers.length === 0 && complete) row.note('', '', 'no-identifier', 'needs a serial, a UUID or a MAC')
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
  }
}

function readIdentifiers(row: Cells) {
  const before = row.problems.length
  const serial = row.parsed('Serial', Serial, 'invalid-serial')
  const rounded = serial !== null && /^\d([.,]\d+)?E\+\d+$/i.test(serial)
  if (rounded)
    row.note(
      row.nameOf('Serial'),
      serial,
      'invalid-serial',
      'is a number that a spreadsheet has rounded; format the column as text before you paste',
    )
  const uuid = row.parsed('UUID', Uuid, 'invalid-uuid')
  const written = row.all('MAC').flatMap(({ value, column }) => readMacs(value).map((text) => ({ text, column })))
  if (written.length > MOST_MACS)
    row.note(row.nameOf('MAC'), '', 'invalid-mac', `holds more than ${MOST_MACS} MACs; the rest is not looked at`)
  const macs = written.slice(0, MOST_MACS).flatMap(({ text, column }) => {
    const result = Mac.safeParse(text)
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
  const identifiers = found.identifiers.map((each) => ({ ...each, column: shownText(each.column, MOST_NAME) }))
  return { identifiers, complete: row.problems.length === before }
}

function readProfile(row: Cells, names: Names): string | null {
  const name = row.one('OSProfile')
  if (name === '') return null
  return (
    names.profile(name) ??
    row.note(row.nameOf('OSProfile'), name, 'unknown-profile', `is no OS profile; there are: ${names.profiles()}`)
  )
}

function readAccount(row: Cells, names: Names): string | null {
  const name = row.one('RemoteUser')
  if (name === '') return null
  return (
    names.account(name) ??
    row.note(row.nameOf('RemoteUser'), name, 'unknown-account', `is no local account; there are: ${names.accounts()}`)
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
