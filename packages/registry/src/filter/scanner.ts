import { type Comparator, FilterError, type Value } from './tree.ts'

const FIELD = /[A-Za-z_][A-Za-z0-9_]*/y
/** Of a key in a map: what may stand there without quotation marks. */
const KEY = /[A-Za-z0-9_][A-Za-z0-9_./-]*/y
const COMPARATOR = /!=|<=|>=|=|:|<|>/y
const BARE = /[^\s()"',;=<>!][^\s()"',;]*/y
const WORD = /[A-Za-z]+\b/y
const QUOTED = /"((?:[^"\\]|\\["\\])*)"|'((?:[^'\\]|\\['\\])*)'/y

/** Reads a filter's words one after the other. What a word is depends on what may stand there: a MAC's colons are no `:`. */
export class Scanner {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** of the next word, counted from 1 */
  get column(): number {
    this.#skip()
    return this.at + 1
  }

  get isAtEnd(): boolean {
    this.#skip()
    return this.at >= this.text.length
  }

  /** Takes a sign if it is next. */
  sign(sign: '(' | ')' | '-'): boolean {
    this.#skip()
    if (this.text[this.at] !== sign) return false
    this.at++
    return true
  }

  /** Takes AND, OR or NOT if it is next. */
  keyword(wanted: 'AND' | 'OR' | 'NOT'): boolean {
    const before = this.at
    const word = this.#match(WORD)?.[0]
    if (word === wanted) return true
    if (word?.toUpperCase() === wanted && !this.#isComparatorNext())
      throw new FilterError(before + 1 + leading(this.text, before), `"${word}": write ${wanted} in capitals`)
    this.at = before
    return false
  }

  /** A field, perhaps with a key behind a dot: `metadata.rack`, `metadata."a b"`. */
  field(): { name: string; column: number } {
    const column = this.column
    const first = this.#match(FIELD)?.[0]
    if (first === undefined) throw new FilterError(column, `expected a field, found ${this.#found()}`)
    if (this.text[this.at] !== '.') return { name: first, column }
    const dot = ++this.at
    const key = this.#quoted() ?? this.#match(KEY)?.[0]
    if (key === undefined) throw new FilterError(dot + 1, `expected a name after "${first}."`)
    return { name: `${first}.${key}`, column }
  }

  comparator(after: string): Comparator {
    const column = this.column
    const sign = this.#match(COMPARATOR)?.[0]
    if (sign === undefined)
      throw new FilterError(column, `expected a comparison after "${after}": one of = != : < <= > >=`)
    return sign as Comparator
  }

  value(after: string): Value {
    const column = this.column
    const quoted = this.#quoted()
    if (quoted !== undefined) return { text: quoted, quoted: true, column }
    if (/["']/.test(this.text[this.at] ?? ''))
      throw new FilterError(column, `the quotation mark is not closed; inside it write \\" and \\\\`)
    const bare = this.#match(BARE)?.[0]
    if (bare === undefined) throw new FilterError(column, `expected a value after "${after}", found ${this.#found()}`)
    return { text: bare, quoted: false, column }
  }

  /** What stands here, for an error. */
  found(): string {
    return this.#found()
  }

  #quoted(): string | undefined {
    const match = this.#match(QUOTED)
    return match ? (match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1') : undefined
  }

  #isComparatorNext(): boolean {
    this.#skip()
    COMPARATOR.lastIndex = this.at
    return COMPARATOR.test(this.text)
  }

  #found(): string {
    this.#skip()
    if (this.at >= this.text.length) return 'the end'
    BARE.lastIndex = this.at
    return `"${(BARE.exec(this.text)?.[0] ?? this.text[this.at]!).slice(0, 40)}"`
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    this.#skip()
    pattern.lastIndex = this.at
    const match = pattern.exec(this.text)
    if (match) this.at = pattern.lastIndex
    return match
  }

  #skip(): void {
    this.at += leading(this.text, this.at)
  }
}

const SPACE = /\s*/y
function leading(text: string, at: number): number {
  SPACE.lastIndex = at
  return SPACE.exec(text)?.[0].length ?? 0
}
