import type { Fn } from '../evaluate.ts'
import { show } from '../print.ts'
import { Fault } from '../source.ts'
import {
  type Dict,
  dict,
  fromData,
  identityOf,
  isDict,
  isTrue,
  kindName,
  sortedKeys,
  typeName,
  type Value,
} from '../value.ts'
import { MOST_TEXT, stepsOver, stepsThrough } from '../weight.ts'
import { fn } from './define.ts'
import { toYaml } from './to-yaml.ts'

/** A scalar of YAML is parsed to know whether it needs quotes. */
const YAML_STEPS = 12

/** Sprig's functions on lists, maps, defaults and types, and `toYaml` and `fromYaml` as Tinkerbell and Helm have them. */
export const collections: Record<string, Fn> = {
  list: fn('v*', (...values) => values),
  tuple: fn('v*', (...values) => values),
  first: fn('v', (value) => listOf(value)[0] ?? null),
  last: fn('v', (value) => listOf(value).at(-1) ?? null),
  rest: fn('v', (value) => listOf(value).slice(1)),
  initial: fn('v', (value) => listOf(value).slice(0, -1)),
  append: fn('vv', (value, item) => [...listOf(value), item]),
  push: fn('vv', (value, item) => [...listOf(value), item]),
  prepend: fn('vv', (value, item) => [item, ...listOf(value)]),
  concat: fn('v*', (...values) => values.flatMap(listOf)),
  reverse: fn('v', (value) => listOf(value).toReversed()),
  uniq: fn('v', (value) => unique(listOf(value)), stepsThrough),
  without: fn('vv*', (value, ...gone) => without(listOf(value), gone), stepsThrough),
  has: fn('vv', (item, value) => value !== null && without([item], listOf(value)).length === 0, stepsThrough),
  compact: fn('v', (value) => listOf(value).filter(isTrue)),
  dict: fn(
    'v*',
    (...values) => pairs(values),
    (values) => stepsOver(values) + stepsThrough(values.filter((_, at) => at % 2 === 0)),
  ),
  set: fn(
    'dsv',
    (of, key, value) => {
      put(of, key, value)
      return of
    },
    (args) => stepsOver(args) + stepsThrough(args.slice(2)),
  ),
  unset: fn('ds', (of, key) => {
    delete of[key]
    return of
  }),
  get: fn('ds', (of, key) => of[key] ?? ''),
  hasKey: fn('ds', (of, key) => key in of),
  keys: fn('d*', (...all) => all.flatMap(sortedKeys)),
  values: fn('d', (of) => sortedKeys(of).map((key) => of[key]!)),
  pick: fn('ds*', (of, ...keys) => dict(keys.filter((key) => key in of).map((key) => [key, of[key]!]))),
  omit: fn('ds*', (of, ...keys) => {
    const gone = new Set<string>(keys)
    return dict(Object.entries(of).filter(([key]) => !gone.has(key)))
  }),
  pluck: fn('sd*', (key, ...all) => all.filter((of) => key in of).map((of) => of[key]!)),
  merge: fn('dd*', (of, ...others) => merged(of, others, false), stepsThrough),
  mergeOverwrite: fn('dd*', (of, ...others) => merged(of, others, true), stepsThrough),
  deepCopy: fn('v', copied, stepsThrough),
  dig: fn('vvv*', dig),
  default: fn('vv', (otherwise, value) => (isTrue(value) ? value : otherwise)),
  empty: fn('v', (value) => !isTrue(value)),
  coalesce: fn('v*', (...values) => values.find(isTrue) ?? null),
  all: fn('v*', (...values) => values.every(isTrue)),
  any: fn('v*', (...values) => values.some(isTrue)),
  ternary: fn('vvb', (yes, no, which) => (which ? yes : no)),
  fail: fn('s', (sentence) => {
    throw new Fault(sentence)
  }),
  kindOf: fn('v', kindName),
  kindIs: fn('sv', (kind, value) => kindName(value) === kind),
  typeOf: fn('v', typeName),
  typeIs: fn('sv', (type, value) => typeName(value) === type),
  deepEqual: fn('vv', (a, b) => identityOf(a) === identityOf(b), stepsThrough),
  toJson: fn('v', (value) => json(value, 0).replace(/[<>&\u2028\u2029]/g, escaped), stepsThrough),
  toRawJson: fn('v', (value) => json(value, 0), stepsThrough),
  toPrettyJson: fn('v', (value) => json(value, 2).replace(/[<>&\u2028\u2029]/g, escaped), stepsThrough),
  fromJson: fn('s', (text) => {
    try {
      return floats(fromData(JSON.parse(text)))
    } catch {
      throw new Fault('that is not JSON')
    }
  }),
  toYaml: fn('v', toYaml, (args) => stepsThrough(args, YAML_STEPS)),
}

function listOf(value: Value): Value[] {
  if (Array.isArray(value)) return value
  throw new Fault(`a list is needed, and not ${typeName(value)}`)
}

function unique(items: Value[]): Value[] {
  const kept = new Map<string, Value>()
  for (const item of items) {
    const identity = identityOf(item)
    if (!kept.has(identity)) kept.set(identity, item)
  }
  return [...kept.values()]
}

function without(items: Value[], gone: Value[]): Value[] {
  const identities = new Set(gone.map(identityOf))
  return items.filter((item) => !identities.has(identityOf(item)))
}

function pairs(values: Value[]): Dict {
  const made = dict()
  for (let at = 0; at < values.length; at += 2) {
    const key = values[at]!
    made[typeof key === 'string' ? key : show(key)] = at + 1 < values.length ? values[at + 1]! : ''
  }
  return made
}

function merged(of: Dict, others: Dict[], overwrites: boolean): Dict {
  let entries = 0
  const merge = (into: Dict, other: Dict) => {
    for (const [key, value] of Object.entries(other)) {
      // what is merged may lie in what it is merged into, and so grow meanwhile
      if (++entries > MOST_TEXT) throw new Fault(`that is more than ${MOST_TEXT} entries`)
      const had = into[key]
      if (isDict(had) && isDict(value)) merge(had, value)
      else if (had === undefined || (overwrites ? isTrue(value) : !isTrue(had))) put(into, key, value)
    }
  }
  for (const other of others) merge(of, other)
  return of
}

function put(into: Dict, key: string, value: Value): void {
  if (holds(value, into, new Set())) throw new Fault(`${key} would hold the map that it lies in`)
  into[key] = value
}

/** Whether a map lies in a value, or is it. @param seen where it has been looked for */
function holds(value: Value, of: Dict, seen: Set<Value>): boolean {
  if (value === of) return true
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  seen.add(value)
  return Object.values(value).some((item: Value) => holds(item, of, seen))
}

function copied(value: Value): Value {
  if (Array.isArray(value)) return value.map(copied)
  return isDict(value) ? dict(Object.entries(value).map(([key, item]) => [key, copied(item)])) : value
}

/** `dig "a" "b" OTHERWISE MAP`. */
function dig(...given: Value[]): Value {
  const [of, otherwise] = [given.at(-1)!, given.at(-2)!]
  let value: Value = of
  for (const key of given.slice(0, -2)) {
    if (typeof key !== 'string') throw new Fault(`a key is a string, and not ${typeName(key)}`)
    if (!isDict(value)) throw new Fault(`${typeName(value)} has no key ${key}`)
    if (!(key in value)) return otherwise
    value = value[key]!
  }
  return value
}

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** With sorted keys, as Go writes it. */
function json(value: Value, indent: number): string {
  return JSON.stringify(plain(value), null, indent)
}

// TypeScript does not know it yet
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }

/** For what knows JavaScript's numbers alone; keys are sorted. */
function plain(value: Value): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value))
  if (Array.isArray(value)) return value.map(plain)
  if (!isDict(value)) return value
  return Object.fromEntries(sortedKeys(value).map((key) => [key, plain(value[key]!)]))
}

/** Go decodes all numbers of JSON as float64. */
function floats(value: Value): Value {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(floats)
  return isDict(value) ? dict(Object.entries(value).map(([key, item]) => [key, floats(item)])) : value
}
