import type { Place } from '@eims/contracts'
import { type Note, Notes } from '@eims/placed-yaml'
import { stringify } from 'yaml'
import { LIMITS } from '../limits.ts'
import { readConfig } from '../read.ts'
import { writeConfig } from '../write.ts'
import { Head, type Origins } from './head.ts'
import { isRaw } from './raw.ts'
import { tailSystem } from './tail.ts'

export interface Converted {
  /** null: it could not be read */
  text: string | null
  /** what keeps it from being read, or is to be mended in the new file; by its place in the old one */
  mistakes: Note[]
  /** what is lost or means something else, by its place in the old file */
  losses: Note[]
}

/**
 * A raw config-file (assignments of bash, then YAML) as YAML alone. Everything is taken over or told, but for comments.
 * @param crypt makes a crypt(5) hash of a password, with a salt of its own
 */
export function convertConfig(given: string, crypt: (password: string) => string): Converted {
  const text = given.replace(/^\uFEFF/, '').replace(/\r\n/g, '\n')
  const notes = new Notes()
  const whole = convertedBy(text, notes, crypt)
  return { text: whole, mistakes: notes.mistakes, losses: notes.warnings }
}

const TOP = { line: 1, column: 1, path: '' }

function convertedBy(text: string, notes: Notes, crypt: (password: string) => string): string | null {
  if (text.length > LIMITS.source)
    notes.mistake(TOP, `The file has more than ${LIMITS.source} characters`, 'Write a smaller one.')
  else if (!isRaw(text))
    notes.mistake(TOP, 'This is no raw config-file (name="value" lines)', 'Give one; YAML needs no converting.')
  else {
    const origins: Origins = { at: new Map() }
    const head = new Head(text, notes, origins)
    const tail = tailSystem(text, head.tail, notes, origins)
    if (!tail) return null
    const system = { ...head.system(crypt), ...tail }
    const whole = stringify({ version: '1.0', operatingSystem: system }, { lineWidth: 0, version: '1.1' })
    // what the new format does not let be is told where it stands in the old file
    const { config, mistakes } = readConfig(whole, { crypt, of: 'node' })
    for (const { path, sentence, remedy } of mistakes)
      notes.mistake({ ...placeOf(path, origins), path }, sentence, remedy)
    return config ? writeConfig(config) : whole
  }
  return null
}

/** Where the longest beginning of a path comes from. */
function placeOf(path: string, { at }: Origins): Place {
  for (let part = path; part !== ''; part = part.replace(/(?:^|[.[])[^.[]*$/, '')) {
    const place = at.get(part)
    if (place) return { line: place.line, column: place.column }
  }
  return TOP
}
