import type { Place } from '@eims/contracts'
import { ASSIGNMENT } from './raw.ts'

/** `name="value"` of a raw config-file, where it stands. */
export interface Assignment extends Place {
  name: string
  value: string
  /** what bash would do that is not done here: `computes` the value, or reads on behind it; null: nothing */
  beyond: 'computes' | 'reads on' | 'open quote' | null
}

/** The part of a raw config-file that bash reads, and where the part that is YAML begins. */
export function readAssignments(text: string): { assignments: Assignment[]; tail: number } {
  const assignments: Assignment[] = []
  let at = 0
  for (let line = 1; at < text.length; line++) {
    const end = endOfLine(text, at)
    const written = text.slice(at, end)
    const assigned = ASSIGNMENT.exec(written)
    if (assigned) {
      const [, name = '', rest = ''] = assigned
      const from = end - rest.length
      const read = valueAt(text, from)
      assignments.push({ name, ...read, line, column: written.indexOf(name) + 1 })
      const last = endOfLine(text, Math.max(read.end, from))
      line += text.slice(at, last).split('\n').length - 1
      at = last + 1
    } else if (written.trim() === '' || written.trimStart().startsWith('#')) at = end + 1
    else return { assignments, tail: at }
  }
  return { assignments, tail: text.length }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** A word of bash with its quotes taken off; only a quoted one goes on in the next line. */
function valueAt(text: string, from: number): { value: string; end: number; beyond: Assignment['beyond'] } {
  let value = ''
  let quote = ''
  let computes = false
  let at = from
  for (; at < text.length; at++) {
    const character = text[at]!
    if (quote === '' && /\s/.test(character)) break
    if (quote === '' && /[;&|]/.test(character)) break
    if (quote !== "'" && character === '\\') {
      const next = text[++at] ?? ''
      // in double quotes a backslash stays before anything but these
      value += quote === '"' && !/[$`"\\\n]/.test(next) ? `\\${next}` : next === '\n' ? '' : next
    } else if (character === quote) quote = ''
    else if (quote === '' && /["']/.test(character)) quote = character
    else {
      if (quote !== "'" && /[$`]/.test(character)) computes = true
      value += character
    }
  }
  if (quote !== '') return { value: value.split('\n')[0]!, end: endOfLine(text, from), beyond: 'open quote' }
  const rest = text.slice(at, endOfLine(text, at)).trim()
  const readsOn = rest !== '' && !rest.startsWith('#')
  return { value, end: at, beyond: computes ? 'computes' : readsOn ? 'reads on' : null }
}
