import { placesIn } from '@eims/contracts'

/** A fault of a template, where it is: the message begins with the line and the column, both from 1. */
export class TemplateError extends Error {
  readonly line: number
  readonly column: number
  /** the sentence without the place */
  readonly sentence: string

  constructor(source: string, at: number, sentence: string) {
    const { line, column } = placesIn(source)(at)
    super(`line ${line}, column ${column}: ${sentence}`)
    this.name = 'TemplateError'
    this.line = line
    this.column = column
    this.sentence = sentence
  }
}

/** Thrown by functions, which do not know where they are called. */
export class Fault extends Error {}
