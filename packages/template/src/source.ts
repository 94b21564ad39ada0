/** Where something stands in a text: both from 1, the column in UTF-16 units. */
export interface Place {
  line: number
  column: number
}

/** The places of a text by their offsets (UTF-16 units from 0). */
export function placesIn(source: string): (at: number) => Place {
  const starts = [0]
  for (let end = source.indexOf('\n'); end >= 0; end = source.indexOf('\n', end + 1)) starts.push(end + 1)
  return (at) => {
    const line = lastAtMost(starts.length, (index) => starts[index]! <= at)
    return { line: line + 1, column: at - starts[line]! + 1 }
  }
}

/** Of `count` things in ascending order the last that `isAtMost`; the first, if none is. */
export function lastAtMost(count: number, isAtMost: (index: number) => boolean): number {
  let [low, high] = [0, count - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isAtMost(middle)) low = middle
    else high = middle - 1
  }
  return low
}

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
