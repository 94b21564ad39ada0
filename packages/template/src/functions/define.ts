import type { Fn } from '../evaluate.ts'
import { Fault } from '../source.ts'
import { type Dict, isDict, typeName, type Value } from '../value.ts'
import { bounded, stepsOver } from '../weight.ts'

/** Kinds of parameters: what Go's reflection would take there. */
interface Kinds {
  s: string
  i: bigint
  l: Value[]
  d: Dict
  b: boolean
  v: Value
}
const NAMES: { [K in keyof Kinds]: string } = {
  s: 'a string',
  i: 'an integer',
  l: 'a list',
  d: 'a map',
  b: 'true or false',
  v: 'a value',
}
const isOf: { [K in keyof Kinds]: (value: Value) => boolean } = {
  s: (value) => typeof value === 'string',
  i: (value) => typeof value === 'bigint',
  l: Array.isArray,
  d: isDict,
  b: (value) => typeof value === 'boolean',
  v: () => true,
}

type Split<S extends string> = S extends `${infer K extends keyof Kinds}${infer Rest}` ? [Kinds[K], ...Split<Rest>] : []
type Arguments<S extends string> = S extends `${infer Head}${infer K extends keyof Kinds}*`
  ? [...Split<Head>, ...Kinds[K][]]
  : Split<S>

/**
 * A function whose arguments are checked.
 * @param signature a letter for each parameter (s string, i integer, l list, d map, b boolean, v anything); the last one
 *   with a `*`: any number of them
 * @param stepsOf how many steps it takes for its arguments; stepsThrough for what goes through all that lies in them
 */
export function fn<const S extends string>(
  signature: S,
  call: (...args: Arguments<S>) => Value,
  stepsOf: (args: Value[]) => number = stepsOver,
): Fn {
  const isVariadic = signature.endsWith('*')
  const kinds = Array.from(signature.replace('*', '')) as (keyof Kinds)[]
  const least = isVariadic ? kinds.length - 1 : kinds.length
  return {
    least,
    most: isVariadic ? Number.POSITIVE_INFINITY : kinds.length,
    call(args, charge) {
      for (const [at, value] of args.entries()) {
        const kind = kinds[Math.min(at, kinds.length - 1)]!
        if (!isOf[kind](value)) throw new Fault(`argument ${at + 1} must be ${NAMES[kind]}, and is ${typeName(value)}`)
      }
      charge(stepsOf(args))
      const made = bounded(call(...(args as Arguments<S>)))
      charge(stepsOver([made]))
      return made
    },
  }
}

/** A place in something of `length`. Throws Fault beyond it. */
export function place(index: Value, length: number, isEnd = false): number {
  if (typeof index !== 'bigint') throw new Fault(`an index is an integer, and not ${typeName(index)}`)
  if (index < 0n || index > BigInt(isEnd ? length : length - 1))
    throw new Fault(`there is no place ${index} among ${length}`)
  return Number(index)
}
