import { Scanner } from './scanner.ts'
import { type Filter, FilterError } from './tree.ts'

/** Nobody nests deeper by hand, and a filter of this depth troubles neither the stack nor the planner. */
const DEEPEST = 16
const MOST_COMPARISONS = 64

/**
 * PURE: the tree of a filter, a subset of AIP-160: comparisons (`field = value`) joined by AND, OR, NOT (or `-`) and
 * parentheses. AIP-160 lets OR bind tighter than AND, most languages the other way round; whoever mixes the two must
 * write parentheses here, so that nobody selects other machines than intended.
 * @returns null for a filter that is empty
 * @throws FilterError naming the column and the remedy
 */
export function parseFilter(text: string): Filter | null {
  const scanner = new Scanner(text)
  if (scanner.isAtEnd) return null
  const reader = new Reader(scanner)
  const filter = reader.expression(0)
  if (!scanner.isAtEnd) {
    const { column } = scanner
    throw scanner.sign(')')
      ? new FilterError(column, 'this parenthesis closes nothing')
      : new FilterError(column, `expected AND or OR, found ${scanner.found()}`)
  }
  return filter
}

class Reader {
  readonly scanner: Scanner
  comparisons = 0

  constructor(scanner: Scanner) {
    this.scanner = scanner
  }

  expression(depth: number): Filter {
    const { scanner } = this
    if (depth > DEEPEST) throw new FilterError(scanner.column, `parentheses and NOT nest deeper than ${DEEPEST} levels`)
    const parts = [this.part(depth)]
    let kind: 'and' | 'or' | undefined
    for (;;) {
      const { column } = scanner
      const next = scanner.keyword('AND') ? 'and' : scanner.keyword('OR') ? 'or' : undefined
      if (next === undefined) break
      if (kind !== undefined && next !== kind)
        throw new FilterError(column, 'AND and OR stand side by side; say with parentheses which belong together')
      kind = next
      parts.push(this.part(depth))
    }
    return kind === undefined ? parts[0]! : { kind, parts }
  }

  part(depth: number): Filter {
    const { scanner } = this
    if (depth > DEEPEST) throw new FilterError(scanner.column, `parentheses and NOT nest deeper than ${DEEPEST} levels`)
    if (scanner.keyword('NOT') || scanner.sign('-')) return { kind: 'not', part: this.part(depth + 1) }
    const opened = scanner.column
    if (!scanner.sign('(')) return this.comparison()
    const inner = this.expression(depth + 1)
    if (scanner.sign(')')) return inner
    throw scanner.isAtEnd
      ? new FilterError(opened, 'this parenthesis is not closed')
      : new FilterError(scanner.column, `expected AND, OR or a closing parenthesis, found ${scanner.found()}`)
  }

  comparison(): Filter {
    const { scanner } = this
    const { name: field, column } = scanner.field()
    if (++this.comparisons > MOST_COMPARISONS)
      throw new FilterError(column, `more than ${MOST_COMPARISONS} comparisons; ask in several calls`)
    const comparator = scanner.comparator(field)
    return { kind: 'compare', field, comparator, value: scanner.value(`${field} ${comparator}`), column }
  }
}
