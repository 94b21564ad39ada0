export type Separator = ',' | ';' | '\t' | '|'
const separators: Separator[] = [',', ';', '\t', '|']

/**
 * PURE: the separator of a file by its first line: the one that stands there most often outside quotes. A first line
 * `sep=;`, which spreadsheets write and read, says it outright.
 * @returns also how many lines stand before the header, and whether lines end with CR LF
 */
export function separatorOf(start: string): { separator: Separator; linesBefore: number; crlf: boolean } {
  const line = firstRecord(start)
  const crlf = start[line.length] === '\r'
  const said = /^sep=([,;\t|])$/i.exec(line)
  if (said) return { separator: said[1] as Separator, linesBefore: 1, crlf }
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = separators.map((separator) => bare.split(separator).length - 1)
  const most = Math.max(...counts)
  return { separator: separators[counts.indexOf(most)] ?? ',', linesBefore: 0, crlf }
}

function firstRecord(text: string): string {
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) return text.slice(0, index)
  }
  return text
}
