import { harmless } from './harmless.ts'
import { paint, plain, type Screen, type Tint } from './screen.ts'
import { clip, width } from './text-width.ts'
import { wrap } from './wrap.ts'

export { progressLine } from './progress.ts'

type Cell = string | number | null | undefined

/** Narrower than this no column is made: in a still narrower terminal lines go on in the next one. */
const NARROWEST = 8

export interface Look {
  /** how a column's cells are coloured, by its header */
  tints?: Record<string, (cell: string) => Tint | null>
  /** the last column goes on below itself, so that nothing of it is cut */
  wrapLast?: boolean
}

/**
 * A table with a header line, columns as wide as their widest cell. Empty cells show as `-`. On a terminal the widest
 * columns give way until a line fits, and what is cut ends with `…`.
 */
export function table(
  header: string[],
  rows: Cell[][],
  screen: Screen = plain,
  { tints = {}, wrapLast = false }: Look = {},
): string {
  const cells = [header, ...rows.map((row) => row.map(shown))]
  const natural = header.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))))
  const widths = fitted(natural, screen.columns)
  const last = header.length - 1
  const left = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0)
  return cells
    .map((row, line) => {
      const tintOf = (column: number) => (line === 0 ? 'bold' : tints[header[column] ?? '']?.(row[column] ?? ''))
      const parts = row.slice(0, last).map((cell, column) => {
        const cut = clip(cell, widths[column] ?? 0)
        return `${paint(cut + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cut))), tintOf(column), screen)}  `
      })
      const end = row[last] ?? ''
      if (wrapLast && screen.columns !== null)
        return parts.join('') + wrap(end, screen.columns, ' '.repeat(left)).slice(left)
      return `${`${parts.join('')}${paint(clip(end, widths[last] ?? 0), tintOf(last), screen)}`.trimEnd()}\n`
    })
    .join('')
}

const shown = (cell: Cell): string =>
  cell === null || cell === undefined || cell === '' ? '-' : harmless(String(cell).replace(/\s*[\n\t]\s*/g, ' '))

/** What stands last is what people say: it gives way first, and longest. */
const LAST = 24

function fitted(natural: number[], columns: number | null): number[] {
  const widths = [...natural]
  const last = widths.length - 1
  let over = columns === null ? 0 : widths.reduce((sum, each) => sum + each + 2, -2) - columns
  for (; over > 0; over--) {
    const widest = widths[last]! > LAST ? last : widths.lastIndexOf(Math.max(...widths))
    if (widths[widest]! <= NARROWEST) break
    widths[widest]!--
  }
  return widths
}

/** Lines of `name  value`, names aligned; null values show as `-`. On a terminal long values go on below themselves. */
export function fields(pairs: [string, Cell][], screen: Screen = plain): string {
  const widest = Math.max(...pairs.map(([name]) => name.length))
  return pairs
    .map(([name, value]) => {
      const first = paint(name.padEnd(widest), 'dim', screen)
      const text = shown(value)
      if (screen.columns === null) return `${first}  ${text}\n`
      return `${first}  ${wrap(text, screen.columns, ' '.repeat(widest + 2)).trimStart()}`
    })
    .join('')
}

/** Seconds for people: 47 s, 3 min 05 s, 2 h 10 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 120) return `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** Local wall-clock time of an ISO timestamp: `2026-11-20 13:07:27`. */
export const clock = (iso: string | null): string | null => (iso ? new Date(iso).toLocaleString('sv-SE') : null)
