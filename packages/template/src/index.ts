import { lastAtMost, type Place, placesIn } from '@eims/contracts'
import { evaluate, type Fn, type Limits, type Rendered } from './evaluate.ts'
import { builtins } from './functions/builtins.ts'
import { collections } from './functions/collections.ts'
import { disks } from './functions/disks.ts'
import { numbers } from './functions/numbers.ts'
import { refusal } from './functions/refused.ts'
import { strings } from './functions/strings.ts'
import { parse } from './parse.ts'
import { type Fault, TemplateError } from './source.ts'
import { fromData } from './value.ts'

export { TemplateError } from './source.ts'

const FUNCTIONS: ReadonlyMap<string, Fn> = new Map(
  [builtins, strings, numbers, collections, disks].flatMap((table) => Object.entries(table)),
)

/** Names of all functions, sorted. */
export const functionNames: readonly string[] = [...FUNCTIONS.keys()].sort()

/** Enough for any template that was published; Tinkerbell's own limit of the output is the same. */
const LIMITS: Limits = { output: 256 * 1024, steps: 100_000, depth: 50 }

/**
 * Renders a template of Go's text/template with Sprig's functions, as far as they depend on their arguments alone: no
 * environment, files, network, time, randomness or certificates. A value that is missing is an error (missingkey=error),
 * and so is one that would print as `<no value>`.
 *
 * @param data JSON; its integers are Go's int
 * @returns the text
 * @throws TemplateError with line and column: syntax, an unknown or refused function, a missing value, a limit
 */
export function render(source: string, data: unknown, limits: Partial<Limits> = {}): string {
  return rendered(source, data, limits).text
}

/**
 * What keeps Go from parsing a template, whatever functions and templates there will be; null: it parses.
 */
export function syntaxFault(source: string): TemplateError | null {
  try {
    parse(
      source,
      () => true,
      (name) => name,
    )
    return null
  } catch (error) {
    if (error instanceof TemplateError) return error
    if (error instanceof RangeError) return new TemplateError(source, 0, NO_ROOM)
    throw error
  }
}

const NO_ROOM = 'it needs more room than there is'

/** A text that was rendered, and where in its template each part of it comes from. */
export interface Mapped {
  text: string
  /**
   * Where what stands at an offset of `text` (UTF-16 units) comes from: text where it stands in the template, a value
   * where the action that gave it begins.
   */
  placeOf: (offset: number) => Place
}

/** Renders as `render` does, and tells of each part of the text where in the template it comes from. */
export function renderMapped(source: string, data: unknown, limits: Partial<Limits> = {}): Mapped {
  const { text, pieces } = rendered(source, data, limits)
  const placeAt = placesIn(source)
  return {
    text,
    placeOf(wanted) {
      const offset = Math.min(wanted, text.length)
      const piece = pieces[lastAtMost(pieces.length, (index) => pieces[index]!.from <= offset)]
      return placeAt(piece ? piece.at + (piece.isCopied ? offset - piece.from : 0) : 0)
    },
  }
}

function rendered(source: string, data: unknown, limits: Partial<Limits>): Rendered {
  try {
    const parsed = parse(
      source,
      (name) => FUNCTIONS.has(name),
      (name) => refusal(name, functionNames),
    )
    return evaluate(source, parsed, FUNCTIONS, dataOf(source, data), { ...LIMITS, ...limits })
  } catch (error) {
    // the bounds are for a stack that is empty yet; where the caller stands is not known
    if (error instanceof RangeError) throw new TemplateError(source, 0, NO_ROOM)
    throw error
  }
}

function dataOf(source: string, data: unknown) {
  try {
    return fromData(data)
  } catch (error) {
    throw new TemplateError(source, 0, (error as Fault).message)
  }
}
