import { width } from './text-width.ts'

/** Widest line that is read with ease; narrower where the terminal is. */
const WIDEST = 100
const NARROWEST = 40

/** How many columns to write in: the terminal's, within reason; a file or a pipe (undefined) gets the widest. */
export const columnsFor = (terminal: number | undefined): number =>
  Math.max(NARROWEST, Math.min(WIDEST, terminal ?? WIDEST))

/**
 * Text in lines of at most that many columns, the first after `first`, the others indented as far; a longer word stays
 * whole.
 */
export function wrap(text: string, columns: number, first = ''): string {
  const indent = ' '.repeat(width(first))
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && indent.length + width(line) + 1 + width(word) > columns) {
      lines.push(line)
      line = ''
    }
    line = line ? `${line} ${word}` : word
  }
  lines.push(line)
  return lines.map((each, index) => `${index === 0 ? first : indent}${each}\n`).join('')
}
