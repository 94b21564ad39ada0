import { Fault } from './source.ts'

/**
 * What templates work with, as Go sees JSON: integers are bigint (Go's int, 64 bits), other numbers float64, objects maps of
 * their own without a prototype.
 */
export type Value = null | boolean | bigint | number | string | Value[] | Dict
export interface Dict {
  [key: string]: Value
}

const MOST_DEEP = 100

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

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

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

/** Deep equality, as reflect.DeepEqual. */
export function isEqual(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isEqual(item, b[at]!))
  if (!isDict(a) || !isDict(b)) return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && isEqual(a[key]!, b[key]!))
}

const BITS = 64
/** Go's arithmetic wraps around. */
export const int64 = (value: bigint): bigint => BigInt.asIntN(BITS, value)
