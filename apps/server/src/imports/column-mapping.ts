import { type CsvColumn, csvColumns, ProblemError } from '@eims/contracts'
import { shownText } from './cell-text.ts'
import { columnNamed, MOST_COMPARED, plainName } from './column-names.ts'

/** What names of a file mean by decision of a person, by their plain form; an empty meaning leaves the column out. */
export type ColumnMapping = ReadonlyMap<string, { column: CsvColumn | ''; by: 'request' | 'site' }>

/** PURE: names of nothing but punctuation, such as `#`, are compared as they are. */
export const mappingKey = (name: string): string => plainName(name) || name.trim().slice(0, MOST_COMPARED)

/**
 * PURE: what the site keeps and, before that, what the request says: `Seriennummer=Serial`, `Internal No.=`.
 * @throws ProblemError invalid-input naming what is no mapping
 */
export function columnMapping(asked: readonly string[], kept: Readonly<Record<string, CsvColumn | ''>>): ColumnMapping {
  const mapping = new Map<string, { column: CsvColumn | ''; by: 'request' | 'site' }>()
  for (const [name, column] of Object.entries(kept)) mapping.set(mappingKey(name), { column, by: 'site' })
  for (const text of asked) {
    const at = text.lastIndexOf('=')
    const name = text.slice(0, at).trim()
    const word = text.slice(at + 1).trim()
    const column = word === '' ? '' : columnNamed(word)
    if (at < 1 || name === '') throw wrong(`must look like "Seriennummer=Serial", not "${shownText(text, 100)}"`)
    if (column === undefined || column === 'Error')
      throw wrong(
        `says ${shownText(name, 100)} is ${shownText(word, 100)}, which is no column; there are: ${csvColumns.join(', ')}`,
      )
    mapping.set(mappingKey(name), { column, by: 'request' })
  }
  return mapping
}

/** PURE: names of the request that the file has not. @throws ProblemError invalid-input naming them and those that it has */
export function checkMapped(asked: readonly string[], names: readonly string[]): void {
  const there = new Set(names.map(mappingKey))
  const missing = asked
    .map((text) => text.slice(0, text.lastIndexOf('=')).trim())
    .filter((name) => !there.has(mappingKey(name)))
  if (missing.length === 0) return
  const has = shownText(names.filter(Boolean).slice(0, 30).join(', '), 500)
  throw wrong(`names ${shownText(missing.join(', '), 200)}, which the file does not have; it has: ${has}`)
}

function wrong(message: string): ProblemError {
  return new ProblemError('invalid-input', `query.column ${message}`, [{ path: 'query.column', message }])
}
