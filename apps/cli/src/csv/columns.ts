import { type ColumnMeaning, csvColumns } from '@eims/contracts'
import { Refusal } from '../refusal.ts'

/**
 * PURE: `--import-column "Geräte-Nr.=Serial"` as often as it was given -> columns by name. One empty text clears them all.
 * @throws Refusal with the text and what is wrong with it
 */
export function importColumns(texts: string[]): Record<string, ColumnMeaning> {
  if (texts.length === 1 && texts[0] === '') return {}
  return Object.fromEntries(texts.map(oneColumn))
}

function oneColumn(text: string): [string, ColumnMeaning] {
  const at = text.lastIndexOf('=')
  const name = text.slice(0, at).trim()
  const word = text.slice(at + 1).trim()
  const column = ['', ...csvColumns].find((each) => each.toLowerCase() === word.toLowerCase())
  if (at < 1 || name === '') throw new Refusal(`--import-column "${text}" must look like "Seriennummer=Serial"`, 2)
  if (column === undefined)
    throw new Refusal(`--import-column "${text}": ${word} is no column; there are: ${csvColumns.join(', ')}`, 2)
  return [name, column as ColumnMeaning]
}
