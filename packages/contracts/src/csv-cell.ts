/** A formula that holds nothing but a text, by which spreadsheets keep leading zeros. */
const textFormula = /^="([^"]*)"$/
/** What Excel, in several languages, and LibreOffice show where a formula has no result. */
const errorValue = String.raw`(?:#(?:[\p{L}/0]{2,16}[!?]|N/A|NV)|(?:Err|Fehler):\d{3})$`
/** What would be read as something else than the text that it is. */
const mistakable = String.raw`(?:[=+\-@\t\r]|${errorValue})`
const guarded = new RegExp(`^'+${mistakable}`, 'iu')
const unguarded = new RegExp(`^'*${mistakable}`, 'iu')
const onlyErrorValue = new RegExp(`^${errorValue}`, 'iu')

/**
 * PURE: what a person meant with a cell. Spreadsheets keep leading zeros by `="00123"`; and an export of ours puts an
 * apostrophe before what a spreadsheet would take for a formula.
 */
export function cellText(cell: string | undefined): string {
  if (!cell) return ''
  const text = cell.trim()
  const formula = textFormula.exec(text)
  if (formula) return (formula[1] ?? '').trim()
  return guarded.test(text) ? text.slice(1) : text
}

/** PURE: whether a cell is a formula, as it came or as an error file of ours holds it, and not a text kept by one. */
export function isFormula(cell: string): boolean {
  const text = cell.trim()
  return /^(?:' +)?=/.test(text) && !textFormula.test(text)
}

/** PURE: whether a cell is what a formula without a result shows, such as `#REF!`. */
export const isErrorValue = (cell: string): boolean => onlyErrorValue.test(cell.trim())

/**
 * PURE: the opposite of cellText. A machine on the LAN says of itself what it likes, and `=cmd|…` in an exported serial would
 * be run by the spreadsheet that opens the file.
 */
export function guardedCell(text: string): string {
  return unguarded.test(text) ? `'${text}` : text
}

/**
 * PURE: a cell of somebody's file, made harmless for an error file and read back as it was. A formula was a problem and
 * must not become a text by that, so its apostrophe is followed by a space.
 */
export function guardedAgain(cell: string): string {
  const text = cell.trim()
  if (textFormula.test(text) || !/^[=+\-@]/.test(text)) return cell
  return text.startsWith('=') ? `' ${text}` : `'${text}`
}

/** PURE: one line of CSV (RFC 4180), without its end. Cells are quoted where they must be. */
export function csvLine(cells: readonly string[], separator = ','): string {
  return cells
    .map((cell) =>
      /["\r\n]|^\s|\s$/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell,
    )
    .join(separator)
}
