import { harmless } from './harmless.ts'
import { paint, plain, type Screen, type Tint } from './screen.ts'
import { clip, width } from './text-width.ts'
import { wrap } from './wrap.ts'

export { progressLine } from './progress.ts'

export type Cell = string | number | null | undefined

/** No column is made narrower than this; in an even narrower terminal lines wrap. */
const NARROWEST = 8

export interface Look {
  /** how a column's cells are coloured, by its header */
  tints?: Record<string, (cell: string) => Tint | null>
  /** the last column goes on below itself, so that nothing of it is cut */
  wrapLast?: boolean
  /** headers of columns that a narrow terminal does without, the first one first */
  yields?: string[]
}

/**
 * A table with a header line, columns as wide as their widest cell. Empty cells show as `-`. On a terminal the last
 * column, then those that may be done without, then the widest ones but the first, which names things, give way until a
 * line fits; what is cut ends with `…`.
 */
export const table = (header: string[], rows: Cell[][], screen?: Screen, look?: Look): string =>
  tableOf(header, screen, look)(rows)

/** The same in pieces: the header stands before the first one, and a terminal's columns are as wide as that one needs. */
export function tableOf(
  header: string[],
  screen: Screen = plain,
  { tints = {}, wrapLast = false, yields = [] }: Look = {},
): (rows: Cell[][]) => string {
  let before: number[] | undefined
  return (rows) => {
    const cells = [...(before ? [] : [header]), ...rows.map((row) => row.map(shown))]
    const natural = header.map((_, column) =>
      cells.reduce((most, row) => Math.max(most, width(row[column] ?? '')), before?.[column] ?? 0),
    )
    const done = yields.map((name) => header.indexOf(name))
    const widths = before && screen.columns !== null ? before : fitted(natural, screen.columns, done)
    const kept = header.flatMap((_, column) => (widths[column] === LEFT_OUT ? [] : [column]))
    const last = kept.at(-1) ?? 0
    const left = kept.slice(0, -1).reduce((sum, column) => sum + widths[column]! + 2, 0)
    const line = (row: string[], tintOf: (column: number) => Tint | null | undefined) => {
      const parts = kept.slice(0, -1).map((column) => {
        const cut = clip(row[column] ?? '', widths[column]!)
        return `${paint(cut + ' '.repeat(Math.max(0, widths[column]! - width(cut))), tintOf(column), screen)}  `
      })
      const end = row[last] ?? ''
      if (wrapLast && screen.columns !== null)
        return parts.join('') + wrap(end, screen.columns, ' '.repeat(left)).slice(left)
      return `${`${parts.join('')}${paint(clip(end, widths[last]!), tintOf(last), screen)}`.trimEnd()}\n`
    }
    const text = cells.map((row) =>
      line(row, (column) => (row === header ? 'bold' : tints[header[column] ?? '']?.(row[column] ?? ''))),
    )
    before = widths
    return text.join('')
  }
}

const shown = (cell: Cell): string =>
  cell === null || cell === undefined || cell === '' ? '-' : harmless(String(cell).replace(/\s*[\n\t]\s*/g, ' '))

/** What stands last is what people say: it gives way first, and longest. */
const LAST = 24

const LEFT_OUT = -2

/** @param done columns that can be done without, in that order */
function fitted(natural: number[], columns: number | null, done: number[]): number[] {
  const widths = [...natural]
  if (columns === null) return widths
  const last = widths.length - 1
  let over = widths.reduce((sum, each) => sum + each + 2, -2) - columns
  const narrow = (column: number, least: number) => {
    const less = Math.max(0, Math.min(over, widths[column]! - least))
    widths[column]! -= less
    over -= less
  }
  narrow(last, LAST)
  for (const column of done) {
    if (over <= 0) break
    over -= widths[column]! + 2
    widths[column] = LEFT_OUT
  }
  // The last column takes back the room that leaving out another one made.
  if (over < 0) widths[last] = Math.min(natural[last]!, widths[last]! - over)
  while (over > 0) {
    const widest = widths.lastIndexOf(Math.max(...widths.slice(1)))
    if (widest < 1 || widths[widest]! <= NARROWEST) break
    narrow(widest, Math.max(NARROWEST, widths[widest]! - 1))
  }
  narrow(0, NARROWEST)
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
