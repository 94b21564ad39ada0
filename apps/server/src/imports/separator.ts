export type Separator = ',' | ';' | '\t' | '|'
const separators: Separator[] = [',', ';', '\t', '|']
/** A title and the like may stand in so many lines above the header. */
export const MOST_LINES_BEFORE = 20

/**
 * PURE: the separator of a file by its start: that of the first line which is a header by it, one of several columns if there
 * is one; without one, what stands most often outside quotes in the first line. A first line `sep=;`, which spreadsheets write and read, says it outright.
 * @returns also whether lines end with CR LF
 */
export function separatorOf(
  start: string,
  isHeader: (cells: string[]) => boolean,
): { separator: Separator; crlf: boolean } {
  const first = firstRecord(start)
  const crlf = start[first.length] === '\r'
  const said = /^sep=([,;\t|])$/i.exec(first)
  if (said) return { separator: said[1] as Separator, crlf }
  let rest = start
  let ofOneColumn: Separator | undefined
  for (let line = 0; line < MOST_LINES_BEFORE && rest !== ''; line++) {
    const record = firstRecord(rest)
    const found = byFrequency(record).find((separator) => isHeader(cellsOf(record, separator)))
    if (found && cellsOf(record, found).length > 1) return { separator: found, crlf }
    ofOneColumn ??= found
    rest = rest.slice(record.length).replace(/^\r?\n|^\r/, '')
  }
  return { separator: ofOneColumn ?? byFrequency(first)[0] ?? ',', crlf }
}

function byFrequency(record: string): Separator[] {
  const bare = record.replace(/"[^"]*"/g, '')
  const count = (separator: Separator) => bare.split(separator).length
  return separators.toSorted((one, other) => count(other) - count(one))
}

/** As much of a header as names are told by. */
const cellsOf = (record: string, separator: Separator): string[] =>
  (record.match(new RegExp(`(?:"[^"]*"|[^"${separator === '|' ? '\\|' : separator}])+`, 'g')) ?? []).map((cell) =>
    cell.replaceAll('"', ''),
  )

function firstRecord(text: string): string {
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) return text.slice(0, index)
  }
  return text
}
