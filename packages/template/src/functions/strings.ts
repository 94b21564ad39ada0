import { createHash } from 'node:crypto'
import { RE2JS } from 're2js'
import type { Fn } from '../evaluate.ts'
import { quote, repeated, show } from '../print.ts'
import { Fault } from '../source.ts'
import { byBytes, type Dict, dict, type Value } from '../value.ts'
import { bounded, room, stepsOver, stepsThrough } from '../weight.ts'
import { fn } from './define.ts'
import { integerOf } from './numbers.ts'

/** Sprig's functions on text, of those that depend on nothing but their arguments. */
export const strings: Record<string, Fn> = {
  trim: fn('s', (text) => without(text, (char) => SPACE.test(char))),
  trimAll: fn('ss', (cutset, text) => trimOf(text, cutset)),
  trimall: fn('ss', (cutset, text) => trimOf(text, cutset)),
  trimSuffix: fn('ss', (end, text) => (end && text.endsWith(end) ? text.slice(0, -end.length) : text)),
  trimPrefix: fn('ss', (start, text) => (text.startsWith(start) ? text.slice(start.length) : text)),
  upper: fn('s', (text) => text.toUpperCase()),
  lower: fn('s', (text) => text.toLowerCase()),
  title: fn('s', (text) =>
    text.replace(/(^|[^\p{L}\p{Nd}_'])(\p{L})/gu, (_, before: string, char: string) => before + char.toUpperCase()),
  ),
  untitle: fn('s', (text) =>
    text.replace(/(^|\s)(\S)/gu, (_, before: string, char: string) => before + char.toLowerCase()),
  ),
  repeat: fn('vs', (count, text) => repeated(text, Math.max(0, Number(integerOf(count))))),
  substr: fn('vvs', (start, end, text) => substring(Number(integerOf(start)), Number(integerOf(end)), text)),
  trunc: fn('vs', (count, text) => truncated(Number(integerOf(count)), text)),
  nospace: fn('s', (text) => text.replace(/\s/gu, '')),
  contains: fn('ss', (part, text) => text.includes(part), sought),
  hasPrefix: fn('ss', (start, text) => text.startsWith(start)),
  hasSuffix: fn('ss', (end, text) => text.endsWith(end)),
  quote: fn('v*', (...values) => shown(values, (text) => quote(text, false)), stepsThrough),
  squote: fn('v*', (...values) => shown(values, (text) => `'${text}'`), stepsThrough),
  cat: fn('v*', (...values) => shown(values, String).trim(), stepsThrough),
  indent: fn('is', (count, text) => indented(count, text)),
  nindent: fn('is', (count, text) => `\n${indented(count, text)}`),
  replace: fn(
    'sss',
    (old, by, text) => {
      room(text.length + text.split(old).length * by.length)
      return text.replaceAll(old, () => by)
    },
    sought,
  ),
  plural: fn('ssi', (one, many, count) => (count === 1n ? one : many)),
  toString: fn('v', show, stepsThrough),
  toStrings: fn('v', texts, stepsThrough),
  join: fn(
    'sv',
    (by, value) => {
      const parts = texts(value)
      room(parts.length * by.length)
      return parts.join(by)
    },
    stepsThrough,
  ),
  splitList: fn('ss', (by, text) => text.split(by), sought),
  split: fn('ss', (by, text) => numbered(text.split(by)), sought),
  splitn: fn('sis', (by, count, text) => numbered(splitAtMost(text, by, Number(count))), sought),
  sortAlpha: fn('v', (value) => texts(value).sort(byBytes), stepsThrough),
  b64enc: fn('s', (text) => Buffer.from(text).toString('base64')),
  b64dec: fn('s', (text) => {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, '')))
      throw new Fault('that is not base64')
    return Buffer.from(text, 'base64').toString()
  }),
  sha1sum: fn('s', (text) => createHash('sha1').update(text).digest('hex')),
  sha256sum: fn('s', (text) => createHash('sha256').update(text).digest('hex')),
  sha512sum: fn('s', (text) => createHash('sha512').update(text).digest('hex')),
  regexMatch: fn('ss', (pattern, text) => compiled(pattern).matcher(text).find(), searched),
  regexFind: fn('ss', (pattern, text) => found(pattern, text, 1)[0] ?? '', searched),
  regexFindAll: fn('ssi', (pattern, text, count) => found(pattern, text, Number(count)), searched),
  regexReplaceAll: fn('sss', (pattern, text, by) => replaced(pattern, text, by), searched),
  regexReplaceAllLiteral: fn(
    'sss',
    (pattern, text, by) => replaced(pattern, text, by.replaceAll('$', '$$$$')),
    searched,
  ),
  regexSplit: fn('ssi', (pattern, text, count) => split(pattern, text, Number(count)), searched),
  regexQuoteMeta: fn('s', (text) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
}

const present = (values: Value[]) => values.filter((value) => value !== null)
const shown = (values: Value[], as: (text: string) => string): string =>
  present(values)
    .map((value) => as(show(value)))
    .join(' ')
const numbered = (parts: string[]): Dict => dict(bounded(parts).map((part, at) => [`_${at}`, part]))

function texts(value: Value): string[] {
  if (Array.isArray(value)) return present(value).map(show)
  return value === null ? [] : [show(value)]
}

const SPACE = /[\t-\r \x85\p{Z}]/u

function trimOf(text: string, cutset: string): string {
  const cut = new Set(cutset)
  return without(text, (char) => cut.has(char))
}

/** Without the characters that are cut at both ends. */
function without(text: string, isCut: (char: string) => boolean): string {
  const chars = Array.from(text)
  const from = chars.findIndex((char) => !isCut(char))
  return from < 0 ? '' : chars.slice(from, chars.findLastIndex((char) => !isCut(char)) + 1).join('')
}

function substring(start: number, end: number, text: string): string {
  const bytes = Buffer.from(text)
  if (start < 0) return slice(bytes, 0, end)
  if (end < 0 || end > bytes.length) return slice(bytes, start, bytes.length)
  return slice(bytes, start, end)
}

function slice(bytes: Buffer, start: number, end: number): string {
  if (start > end || end > bytes.length || end < 0)
    throw new Fault(`there are no places ${start} to ${end} in ${bytes.length}`)
  return bytes.subarray(start, end).toString()
}

function truncated(count: number, text: string): string {
  const bytes = Buffer.from(text)
  if (count < 0 && bytes.length + count > 0) return bytes.subarray(bytes.length + count).toString()
  return count >= 0 && bytes.length > count ? bytes.subarray(0, count).toString() : text
}

function indented(count: bigint, text: string): string {
  if (count < 0n || count > 1000n) throw new Fault('an indentation is 0 to 1000')
  const pad = ' '.repeat(Number(count))
  room(text.length + pad.length * text.split('\n').length)
  return pad + text.replaceAll('\n', `\n${pad}`)
}

function splitAtMost(text: string, by: string, count: number): string[] {
  if (count === 0) return []
  const parts = text.split(by)
  if (count < 0 || parts.length <= count) return parts
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(by)]
}

const MOST_PATTERN = 1000
const PROGRAM_A_STEP = 4
/** instructions of a program, each at a character */
const SEARCHED_A_STEP = 1024

/** characters of a part, each at a character */
const SOUGHT_A_STEP = 16_384

/** Steps of a search for the first argument in the last: at worst one is compared at each place of the other. */
function sought(args: Value[]): number {
  const [part, text] = [args[0], args.at(-1)] as [string, string]
  return stepsOver(args) + (part.length * text.length) / SOUGHT_A_STEP
}

/** Steps of a search: RE2 takes the length of its text times that of its program. */
function searched(args: Value[]): number {
  const [pattern, text] = args as [string, string]
  const size = compiled(pattern).programSize()
  return stepsOver(args) + size / PROGRAM_A_STEP + (size * text.length) / SEARCHED_A_STEP
}

function compiled(pattern: string): RE2JS {
  if (pattern.length > MOST_PATTERN) throw new Fault(`a regular expression has at most ${MOST_PATTERN} characters`)
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new Fault(`${JSON.stringify(pattern)} is no regular expression (RE2): ${(error as Error).message}`)
  }
}

function found(pattern: string, text: string, count: number): string[] {
  const matcher = compiled(pattern).matcher(text)
  const all: string[] = []
  while ((count < 0 || all.length < count) && matcher.find()) all.push(matcher.group() ?? '')
  return all
}

/** Go's template of a replacement (`$1`, `${1}`, `${name}`, `$$`). */
function replaced(pattern: string, text: string, by: string): string {
  const matcher = compiled(pattern).matcher(text)
  let [result, at] = ['', 0]
  while (matcher.find()) {
    result += text.slice(at, matcher.start())
    let length = result.length
    result += by.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (_, bare?: string, braced?: string) => {
      const put = groupOf(matcher, bare ?? braced)
      length += put.length
      room(length)
      return put
    })
    at = matcher.end()
    room(result.length)
  }
  return result + text.slice(at)
}

/** @param name of the group, or its number; none: a $ itself */
function groupOf(matcher: ReturnType<RE2JS['matcher']>, name: string | undefined): string {
  if (name === undefined) return '$'
  if (/^\d+$/.test(name)) return Number(name) <= matcher.groupCount() ? (matcher.group(Number(name)) ?? '') : ''
  try {
    return matcher.group(name) ?? ''
  } catch {
    return ''
  }
}

function split(pattern: string, text: string, count: number): string[] {
  if (count === 0) return []
  const matcher = compiled(pattern).matcher(text)
  if (pattern !== '' && text === '') return ['']
  const parts: string[] = []
  let [begin, end] = [0, 0]
  while (matcher.find()) {
    if (count > 0 && parts.length === count - 1) break
    end = matcher.start()
    if (matcher.end() !== 0) parts.push(text.slice(begin, end))
    begin = matcher.end()
  }
  if (end !== text.length) parts.push(text.slice(begin))
  return parts
}
