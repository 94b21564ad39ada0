import type { Fn } from '../evaluate.ts'
import { show, sprint, sprintf } from '../print.ts'
import { Fault } from '../source.ts'
import { byBytes, isDict, isTrue, kindName, typeName, type Value } from '../value.ts'
import { stepsThrough } from '../weight.ts'
import { fn, place } from './define.ts'

/** What text/template has by itself, but `call`: data holds no functions. */
export const builtins: Record<string, Fn> = {
  // evaluated by the engine, for the sake of what is not evaluated
  and: fn('vv*', () => null),
  or: fn('vv*', () => null),
  not: fn('v', (value) => !isTrue(value)),
  eq: fn('vvv*', (one, ...others) => others.some((other) => isSame(one, other))),
  ne: fn('vv', (a, b) => !isSame(a, b)),
  lt: fn('vv', (a, b) => order(a, b) < 0),
  le: fn('vv', (a, b) => order(a, b) <= 0),
  gt: fn('vv', (a, b) => order(a, b) > 0),
  ge: fn('vv', (a, b) => order(a, b) >= 0),
  len: fn('v', (value) => {
    if (typeof value === 'string') return BigInt(Buffer.byteLength(value))
    if (Array.isArray(value)) return BigInt(value.length)
    if (isDict(value)) return BigInt(Object.keys(value).length)
    throw new Fault(`${typeName(value)} has no length`)
  }),
  index: fn('vv*', (value, ...keys) => keys.reduce(at, value)),
  slice: fn('vv*', slice),
  print: fn('v*', (...values) => sprint(values), stepsThrough),
  println: fn('v*', (...values) => `${values.map(show).join(' ')}\n`, stepsThrough),
  printf: fn('sv*', (format, ...values) => sprintf(format, values), stepsThrough),
  html: fn('v*', (...values) => sprint(values).replace(/[\0"'&<>]/g, (char) => HTML[char]!), stepsThrough),
  js: fn('v*', (...values) => Array.from(sprint(values), jsEscape).join(''), stepsThrough),
  urlquery: fn(
    'v*',
    (...values) =>
      encodeURIComponent(sprint(values))
        .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%20', '+'),
    stepsThrough,
  ),
}

const HTML: Record<string, string> = {
  '\0': '�',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

function jsEscape(char: string): string {
  if (char === '\\' || char === "'" || char === '"') return `\\${char}`
  const code = char.codePointAt(0)!
  const isSpecial = '<>&='.includes(char) || code < 0x20 || (code > 0x7e && !/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char))
  return isSpecial ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}` : char
}

function isSame(a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b
  if (kindName(a) !== kindName(b)) throw new Fault(`${typeName(a)} and ${typeName(b)} cannot be compared`)
  if (typeof a === 'object') throw new Fault(`${typeName(a)} cannot be compared`)
  return a === b
}

function order(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return byBytes(a, b)
  const isNumber = (typeof a === 'bigint' && typeof b === 'bigint') || (typeof a === 'number' && typeof b === 'number')
  if (!isNumber) throw new Fault(`${typeName(a)} and ${typeName(b)} have no order`)
  return Number(a > b) - Number(a < b)
}

function at(value: Value, key: Value): Value {
  if (Array.isArray(value)) return value[place(key, value.length)]!
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return BigInt(bytes[place(key, bytes.length)]!)
  }
  if (!isDict(value)) throw new Fault(`${typeName(value)} cannot be indexed`)
  if (typeof key !== 'string') throw new Fault(`a map is indexed by a string, and not by ${typeName(key)}`)
  if (!(key in value)) throw new Fault(`there is no entry ${JSON.stringify(key)}`)
  return value[key]!
}

/** Sprig's, which replaces the language's own: of lists alone. */
function slice(value: Value, ...ends: Value[]): Value {
  if (!Array.isArray(value)) throw new Fault(`a list is needed, and not ${typeName(value)}`)
  if (ends.length > 2) throw new Fault('slice takes a list and two places')
  const { length } = value
  const [from, to] = [place(ends[0] ?? 0n, length, true), place(ends[1] ?? BigInt(length), length, true)]
  if (from > to) throw new Fault(`the places ${from} and ${to} are in the wrong order`)
  return value.slice(from, to)
}
