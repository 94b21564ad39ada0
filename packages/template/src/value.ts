import { Fault } from './source.ts'

/**
 * What templates work with, as Go sees JSON: integers are bigint (Go's int, 64 bits), other numbers float64, objects maps of
 * their own without a prototype.
 */
export type Value = null | boolean | bigint | number | string | Value[] | Dict
export interface Dict {
  [key: string]: Value
}

/** Lists and maps that lie in each other. */
export const MOST_DEEP = 100

/** JSON data as values. Throws Fault for what JSON does not know. */
export function fromData(data: unknown, depth = 0): Value {
  if (depth > MOST_DEEP) throw new Fault(`the data is nested more than ${MOST_DEEP} deep`)
  if (data === null || data === undefined) return null
  if (typeof data === 'string' || typeof data === 'boolean' || typeof data === 'bigint') return data
  if (typeof data === 'number') return Number.isSafeInteger(data) ? BigInt(data) : data
  if (Array.isArray(data)) return data.map((item) => fromData(item, depth + 1))
  if (typeof data !== 'object') throw new Fault(`the data holds a ${typeof data}`)
  return dict(Object.entries(data).map(([key, value]) => [key, fromData(value, depth + 1)]))
}

export function dict(entries: Iterable<readonly [string, Value]> = []): Dict {
  const made: Dict = Object.create(null) as Dict
  for (const [key, value] of entries) made[key] = value
  return made
}

export const isDict = (value: Value | undefined): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys in Go's order: by bytes. */
export const sortedKeys = (of: Dict): string[] => Object.keys(of).sort(byBytes)

/** The order of two texts by their bytes in UTF-8: by UTF-16 units, but that halves of characters come last. */
export function byBytes(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  let at = 0
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at += 1
  if (at === shorter) return a.length - b.length
  const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)]
  return Number(isHalf(one)) - Number(isHalf(other)) || one - other
}

const isHalf = (unit: number) => unit >= 0xd800 && unit < 0xe000

/** Whether `if` takes it for true: not empty, not zero. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isDict(value)) return Object.keys(value).length > 0
  return Boolean(value)
}

/** What Go calls its type. */
export function typeName(value: Value): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (isDict(value)) return 'map[string]interface {}'
  return { bigint: 'int', number: 'float64', string: 'string', boolean: 'bool' }[
    typeof value as 'bigint' | 'number' | 'string' | 'boolean'
  ]
}

export const kindName = (value: Value): string =>
  value === null ? 'invalid' : Array.isArray(value) ? 'slice' : isDict(value) ? 'map' : typeName(value)

/** A text that two values have in common when reflect.DeepEqual takes them for equal, and only then. */
export function identityOf(value: Value): string {
  if (typeof value === 'string') return `"${value.length}:${value}`
  if (Array.isArray(value)) return `[${value.map(identityOf).join(',')}]`
  if (!isDict(value)) return `${typeof value} ${value}`
  return `{${sortedKeys(value)
    .map((key) => `${identityOf(key)}:${identityOf(value[key]!)}`)
    .join(',')}}`
}

const BITS = 64
/** Go's arithmetic wraps around. */
export const int64 = (value: bigint): bigint => BigInt.asIntN(BITS, value)
