/** A list's item in a path; which one does not matter to what may stand there. */
export const ITEM = '-'

/** A key above the cursor, or an item of a list, and where its own keys stand. */
interface Step {
  key: string
  line: number
  column: number
}

/** Where a cursor is in YAML, and what it is in the middle of writing. */
export interface Place {
  /** `tasks`, `-`, `actions`, `-`, `environment` */
  path: readonly string[]
  /** the key whose value is written; null: a key is */
  key: string | null
  /** what of it stands before the cursor */
  typed: string
  /** keys and values beside it; those of the mapping that a step up of the path belongs to */
  beside: (up?: number) => ReadonlyMap<string, string>
}

const LINE = /^(\s*)((?:-(?:\s+|$))*)(.*)$/
const KEY = /^(?:"([^"]*)"|'([^']*)'|([^\s"'#:{}[\],&*!|>%@`-][^\s:#{}]*))\s*:(?:\s+(.*))?$/

interface Line {
  /** columns of its dashes */
  dashes: number[]
  /** column of what stands behind them */
  column: number
  key: string | null
  value: string
  isEmpty: boolean
}

function lineOf(text: string): Line {
  const [, indent = '', marks = '', rest = ''] = LINE.exec(text) ?? []
  const dashes = [...marks.matchAll(/-/g)].map(({ index }) => indent.length + index)
  const [, double, single, plain, value = ''] = KEY.exec(rest) ?? []
  const isEmpty = (rest === '' && dashes.length === 0) || rest.startsWith('#') || /^\{\{-?[^"']*\}\}$/.test(rest.trim())
  return { dashes, column: indent.length + marks.length, key: double ?? single ?? plain ?? null, value, isEmpty }
}

const isText = (value: string) => /^[|>][-+\d]*\s*(?:#.*)?$/.test(value)
const isEnd = (text: string) => /^(?:---|\.\.\.)(?:\s|$)/.test(text)

/**
 * PURE: where in a YAML text an offset is, by its lines alone, so that it is known while the text is no YAML yet, or has
 * templates in it.
 * @returns null inside of a text block, a comment, or a list or mapping in brackets
 */
export function placeIn(text: string, offset: number): Place | null {
  const lines = text.split('\n')
  const before = text.slice(0, offset)
  const at = before.split('\n').length - 1
  const typed = before.slice(before.lastIndexOf('\n') + 1)
  const own = lineOf(typed)
  const rest = typed.slice(own.column)
  if (rest.startsWith('#') || /^[{[]|:\s+[{[]/.test(rest)) return null
  const [, name, value] = /^([\w.-]+)\s*:\s+(.*)$/.exec(rest) ?? []
  const steps: Step[] = []
  let limit = own.column
  let isItem = false
  const enter = (dashes: readonly number[], line: number) => {
    for (const dash of dashes.toReversed()) {
      if (dash >= limit) continue
      steps.unshift({ key: ITEM, line, column: limit })
      limit = dash
      isItem = true
    }
  }
  enter(own.dashes, at)
  for (let line = at - 1; line >= 0 && (limit > 0 || isItem); line--) {
    const whole = lines[line] ?? ''
    if (isEnd(whole)) break
    const { dashes, column, key, value: its, isEmpty } = lineOf(whole)
    if (isEmpty) continue
    const isAbove = column < limit || (isItem && column === limit && dashes.length === 0)
    if (isAbove && key !== null) {
      if (isText(its)) return null
      steps.unshift({ key, line, column: limit })
      limit = column
      isItem = false
    } else if (isAbove && dashes.length === 0) return null
    enter(dashes, line)
  }
  const mappings = [...steps, { key: name ?? '', line: at, column: own.column }]
  return {
    path: steps.map(({ key }) => key),
    key: name ?? null,
    typed: value ?? rest,
    beside(up = 0) {
      const step = mappings.at(-1 - up)
      if (!step) return new Map()
      // keys of a step stand where it stands itself, not where what is below it does
      const column = up === 0 ? step.column : lineOf(lines[step.line] ?? '').column
      return keysAt(lines, step.line, column, up > 0)
    },
  }
}

/** The keys of one mapping: those at a column, up and down to where another one begins; with that of the line itself, or not. */
function keysAt(lines: readonly string[], from: number, column: number, withOwn: boolean): Map<string, string> {
  const keys = new Map<string, string>()
  const isOver = (step: 1 | -1, line: number): boolean => {
    const whole = lines[line] ?? ''
    if (isEnd(whole)) return true
    const { dashes, column: its, key, value, isEmpty } = lineOf(whole)
    if (isEmpty) return false
    const begins = dashes.some((dash) => dash < column)
    if (step === 1 && line !== from && begins && its <= column) return true
    if (its < column) return true
    if (its === column && key !== null && (withOwn || line !== from)) keys.set(key, value)
    return step === -1 && begins && its === column
  }
  for (let line = from; line >= 0; line--) if (isOver(-1, line)) break
  for (let line = from + 1; line < lines.length; line++) if (isOver(1, line)) break
  return keys
}
