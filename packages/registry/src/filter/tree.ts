/** How a field is compared with a value. `:` is "has": contains, of a text; is among, of a set; `:*` is "is there". */
export type Comparator = '=' | '!=' | ':' | '<' | '<=' | '>' | '>='

/** A value as it was written. `quoted` decides whether `*` is a wildcard at its ends. */
export interface Value {
  text: string
  quoted: boolean
  /** column of its first character, counted from 1 */
  column: number
}

/** A filter as a tree. */
export type Filter =
  | { kind: 'and' | 'or'; parts: Filter[] }
  | { kind: 'not'; part: Filter }
  | { kind: 'compare'; field: string; comparator: Comparator; value: Value; column: number }

/** A filter that cannot be read. `column` counts from 1; the message is a sentence that begins with it. */
export class FilterError extends Error {
  readonly column: number

  constructor(column: number, message: string) {
    super(`at column ${column}: ${message}`)
    this.name = 'FilterError'
    this.column = column
  }
}
