import type { Fn } from '../evaluate.ts'
import { Fault } from '../source.ts'
import { int64, type Value } from '../value.ts'
import { MOST_ITEMS } from '../weight.ts'
import { fn } from './define.ts'

/** Sprig's arithmetic: on integers, whatever is given. */
export const numbers: Record<string, Fn> = {
  int: fn('v', integerOf),
  int64: fn('v', integerOf),
  float64: fn('v', floatOf),
  atoi: fn('s', (text) => (/^[+-]?\d+$/.test(text) ? clamped(BigInt(text)) : 0n)),
  add1: fn('v', (value) => int64(integerOf(value) + 1n)),
  add: fn('v*', (...values) => values.reduce<bigint>((sum, value) => int64(sum + integerOf(value)), 0n)),
  sub: fn('vv', (a, b) => int64(integerOf(a) - integerOf(b))),
  mul: fn('vv*', (first, ...rest) =>
    rest.reduce<bigint>((product, value) => int64(product * integerOf(value)), integerOf(first)),
  ),
  div: fn('vv', (a, b) => int64(integerOf(a) / divisor(b))),
  mod: fn('vv', (a, b) => integerOf(a) % divisor(b)),
  max: fn('vv*', (...values) => extreme(values, 1)),
  biggest: fn('vv*', (...values) => extreme(values, 1)),
  min: fn('vv*', (...values) => extreme(values, -1)),
  ceil: fn('v', (value) => Math.ceil(floatOf(value))),
  floor: fn('v', (value) => Math.floor(floatOf(value))),
  until: fn('i', (count) => counted(0n, count, count < 0n ? -1n : 1n)),
  untilStep: fn('iii', counted),
}

/** strconv.Atoi: the nearest that fits in 64 bits. */
const clamped = (value: bigint): bigint => (int64(value) === value ? value : value < 0n ? -(2n ** 63n) : 2n ** 63n - 1n)

/** The largest (1) or smallest (-1). */
const extreme = (values: Value[], which: number): bigint =>
  values.map(integerOf).sort((a, b) => (a === b ? 0 : a < b === which > 0 ? 1 : -1))[0]!

function divisor(value: Value): bigint {
  const found = integerOf(value)
  if (found === 0n) throw new Fault('division by zero')
  return found
}

function counted(start: bigint, stop: bigint, step: bigint): bigint[] {
  if (step === 0n || (stop < start && step >= 0n) || (stop >= start && step < 0n)) return []
  if ((stop - start) / step > BigInt(MOST_ITEMS)) throw new Fault(`that would be more than ${MOST_ITEMS} numbers`)
  const made: bigint[] = []
  for (let at = start; step > 0n ? at < stop : at > stop; at += step) made.push(at)
  return made
}

/** As an integer, as Sprig casts: what is none is 0. */
export function integerOf(value: Value): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number') return Number.isFinite(value) ? int64(BigInt(Math.trunc(value))) : 0n
  if (typeof value !== 'string') return 0n
  const text = value.replaceAll('_', '')
  const [, minus, digits = ''] = /^([+-]?)(.*)$/s.exec(text)!
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  if (!/^(0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|0|[1-9]\d*)$/.test(octal)) return 0n
  const found = minus === '-' ? -BigInt(octal) : BigInt(octal)
  return int64(found) === found ? found : 0n
}

function floatOf(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : 0
  return Number(integerOf(value))
}
