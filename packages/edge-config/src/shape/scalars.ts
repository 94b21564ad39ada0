import { type Field, meant, quoted } from '@eims/placed-yaml'
import type { Schema, Shape } from './shape.ts'

interface TextRule {
  /** UTF-16 units */
  most?: number
  pattern?: RegExp
  /** what the pattern asks for: follows "must be" */
  must?: string
  /** what is wrong with it otherwise: follows the field's name */
  fault?: (text: string) => string | null
  remedy?: string
  /** may have several lines */
  lines?: boolean
  /** is shown to nobody, not even to whoever wrote it */
  secret?: boolean
  /** as an editor shows it */
  example?: string
}

const MOST_TEXT = 1024
const CONTROL = /\p{Cc}/u
const CONTROL_IN_LINES = /(?![\t\n\r])\p{Cc}/u

export interface TextShape extends Shape<string> {
  /** the same of a text that is only a part of the field's */
  take(given: string, field: Field): string | undefined
}

/** Text as it stands in the file; nothing is no text. */
export function text(says: string, rule: TextRule = {}): TextShape {
  const { most = MOST_TEXT, pattern, must, fault, remedy = 'Mend it.', lines = false, secret = false, example } = rule
  const take = (given: string, field: Field) => {
    const name = nameIn(field.path)
    const shown = secret ? '' : `, and is ${quoted(given)}`
    if (given.length > most) field.mistake(`${name} has more than ${most} characters`, 'Write a shorter one.')
    else if ((lines ? CONTROL_IN_LINES : CONTROL).test(given))
      field.mistake(`${name} holds a line break or another control character`, 'Take it out.')
    else if (pattern && !pattern.test(given)) field.mistake(`${name} must be ${must}${shown}`, remedy)
    else {
      const wrong = fault?.(given)
      if (!wrong) return given
      field.mistake(`${name} ${wrong}`, remedy)
    }
    return undefined
  }
  return {
    take,
    read(field) {
      const given = field.word()
      return given ? take(given, field) : undefined
    },
    // numbers and truths are the text that stands there
    schema: {
      description: says,
      type: ['string', 'number', 'boolean', 'null'],
      maxLength: most,
      ...(pattern ? { pattern: pattern.source } : {}),
      ...(example === undefined ? {} : { examples: [example] }),
    },
  }
}

/** A whole number. */
export function number(says: string, least: number, most: number): Shape<number> {
  return {
    read(field) {
      const given = field.number(most)
      if (given === null) return undefined
      if (given >= least) return given
      field.mistake(`${nameIn(field.path)} must be ${least} or more, and is ${given}`, 'Write another number.')
      return undefined
    },
    schema: { description: says, type: ['integer', 'string', 'null'], minimum: least, maximum: most },
  }
}

export const truth = (says: string): Shape<boolean> => ({
  read: (field) => (field.isEmpty ? undefined : (field.truth() ?? undefined)),
  schema: { description: says, type: ['boolean', 'null'] },
})

/** One of a few words, in any case of letters. */
export function oneOf<const O extends string>(says: string, options: readonly O[]): Shape<O> {
  return {
    read(field) {
      const given = field.word()
      if (given === null || given === '') return undefined
      const found = options.find((option) => option === given)
      if (found !== undefined) return found
      const inCase = options.find((option) => option.toLowerCase() === given.toLowerCase())
      if (inCase !== undefined) {
        field.warning(`${nameIn(field.path)} is written ${inCase}`, `Write ${inCase}.`)
        return inCase
      }
      const near = meant(given, options)
      field.mistake(
        `${nameIn(field.path)} is none of ${options.join(', ')}${near ? `: did you mean ${near}?` : ''}`,
        near ? `Write ${near}.` : 'Write one of them.',
      )
      return undefined
    },
    schema: { description: says, enum: [...options, null] } satisfies Schema,
  }
}

/** The last name of a path. */
export const nameIn = (path: string): string => path.replace(/^.*\./, '')
