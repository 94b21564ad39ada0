import { Fault } from './source.ts'
import { type Dict, isDict, sortedKeys, typeName, type Value } from './value.ts'
import { MOST_TEXT, room } from './weight.ts'

/** Text of at most MOST_TEXT. Throws Fault. */
export function repeated(text: string, count: number): string {
  if (text.length * count > MOST_TEXT) throw new Fault(`that would be more than ${MOST_TEXT} characters`)
  return text.repeat(Math.max(0, count))
}

/** What `%v` makes of a value (Go's package fmt). */
export function show(value: Value): string {
  if (value === null) return '<nil>'
  if (typeof value === 'number') return showFloat(value, 'g', null)
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`
  if (!isDict(value)) return String(value)
  return `map[${pairs(value)
    .map(([key, item]) => `${key}:${show(item)}`)
    .join(' ')}]`
}

const pairs = (of: Dict) => sortedKeys(of).map((key): [string, Value] => [key, of[key]!])

/** `fmt.Sprint`: a space between two operands when neither is a string. */
export const sprint = (values: Value[]): string =>
  values
    .map((value, at) => {
      const isApart = at > 0 && typeof value !== 'string' && typeof values[at - 1] !== 'string'
      return (isApart ? ' ' : '') + show(value)
    })
    .join('')

interface Flags {
  minus: boolean
  plus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  width: number | null
  precision: number | null
}

const VERB = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.?)/gsu

/**
 * `fmt.Sprintf` for strings, integers, floats, booleans, lists and maps. What does not fit is shown as Go shows it
 * (`%!d(string=x)`). Throws Fault for explicit argument indexes and for more than MOST_TEXT characters.
 */
export function sprintf(format: string, values: Value[]): string {
  let next = 0
  let made = 0
  const take = (): Value | undefined => values[next++]
  const number = (text: string | undefined, what: string): number | null | string => {
    if (text === undefined) return null
    if (text !== '*') return Number(text)
    const value = take()
    return typeof value === 'bigint' && value >= -1_000_000n && value <= 1_000_000n ? Number(value) : `%!(BAD${what})`
  }
  const text = format.replace(VERB, (_, signs: string, wide?: string, precise?: string, verb?: string) => {
    if (verb === '[') throw new Fault('arguments by number are not supported')
    const width = number(wide, 'WIDTH')
    const precision = number(precise, 'PREC')
    const bad = [width, precision].filter((value) => typeof value === 'string').join('')
    const flags: Flags = {
      minus: signs.includes('-') || (typeof width === 'number' && width < 0),
      plus: signs.includes('+'),
      sharp: signs.includes('#'),
      space: signs.includes(' '),
      zero: signs.includes('0') && !signs.includes('-'),
      width: typeof width === 'number' ? Math.abs(width) : null,
      precision: typeof precision === 'number' && precision >= 0 ? precision : null,
    }
    if ((flags.width ?? 0) > MOST_TEXT || (flags.precision ?? 0) > MOST_TEXT)
      throw new Fault('a width or precision is too large')
    if (!verb) return `${bad}%!(NOVERB)`
    if (verb === '%') return `${bad}%`
    const value = take()
    // each item of a list is as wide
    room(((flags.width ?? 0) + (flags.precision ?? 0)) * scalars(value ?? null))
    const shown = value === undefined ? `%!${verb}(MISSING)` : formatted(verb, value, flags)
    made += shown.length
    if (made > MOST_TEXT) throw new Fault(`more than ${MOST_TEXT} characters`)
    return bad + shown
  })
  if (next >= values.length) return text
  const rest = values.slice(next).map((value) => (value === null ? '<nil>' : `${typeName(value)}=${show(value)}`))
  return `${text}%!(EXTRA ${rest.join(', ')})`
}

function scalars(value: Value): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + scalars(item), 0)
  return isDict(value) ? pairs(value).reduce((sum, [, item]) => sum + 1 + scalars(item), 0) : 1
}

const BASES: Record<string, [base: number, prefix: string]> = {
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, ''],
  d: [10, ''],
  x: [16, '0x'],
  X: [16, '0X'],
}

function formatted(verb: string, value: Value, flags: Flags): string {
  if (verb === 'T') return padded(typeName(value), flags)
  if (verb === 'v' && value === null) return padded('<nil>', flags)
  if (Array.isArray(value) && !(verb === 'v' && flags.sharp))
    return `[${value.map((item) => formatted(verb, item, flags)).join(' ')}]`
  if (isDict(value) && !(verb === 'v' && flags.sharp)) {
    const items = pairs(value).map(([key, item]) => `${formatted(verb, key, flags)}:${formatted(verb, item, flags)}`)
    return `map[${items.join(' ')}]`
  }
  const shown = scalar(verb, value, flags)
  if (shown !== null) return shown
  const detail = value === null ? '<nil>' : `${typeName(value)}=${show(value)}`
  return `%!${verb}(${detail})`
}

/** Null: the verb is not for such a value. */
function scalar(verb: string, value: Value, flags: Flags): string | null {
  if (verb === 'v' && flags.sharp) return padded(goSyntax(value), flags)
  if (typeof value === 'string') return text(verb, value, flags)
  if (typeof value === 'boolean') return verb === 't' || verb === 'v' ? padded(String(value), flags) : null
  if (typeof value === 'bigint') return integer(verb === 'v' ? 'd' : verb, value, flags)
  if (typeof value !== 'number') return null
  const style = verb === 'v' ? 'g' : verb === 'F' ? 'f' : verb
  if (!'eEfgG'.includes(style)) return null
  const body = showFloat(Math.abs(value), style, flags.precision ?? (style === 'g' || style === 'G' ? null : 6))
  return signed(value < 0 || Object.is(value, -0), body, flags, Number.isFinite(value))
}

function text(verb: string, value: string, flags: Flags): string | null {
  const cut = flags.precision === null ? value : Array.from(value).slice(0, flags.precision).join('')
  if (verb === 's' || verb === 'v') return padded(cut, flags)
  if (verb === 'q') return padded(flags.sharp && !cut.includes('`') ? `\`${cut}\`` : quote(cut, flags.plus), flags)
  if (verb !== 'x' && verb !== 'X') return null
  const bytes = Buffer.from(value).subarray(0, flags.precision ?? undefined)
  const pairsOf = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'))
  const mark = flags.sharp ? '0x' : ''
  const hex = flags.space
    ? pairsOf.map((pair) => mark + pair).join(' ')
    : pairsOf.length > 0
      ? mark + pairsOf.join('')
      : ''
  return padded(verb === 'X' ? hex.toUpperCase() : hex, flags)
}

function integer(verb: string, value: bigint, flags: Flags): string | null {
  if (verb === 'c' || verb === 'q' || verb === 'U') {
    const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd
    const char = String.fromCodePoint(code)
    if (verb === 'c') return padded(char, flags)
    if (verb === 'q') return padded(`'${quote(char, flags.plus, "'").slice(1, -1)}'`, flags)
    const hex = `U+${value.toString(16).toUpperCase().padStart(4, '0')}`
    return padded(flags.sharp ? `${hex} '${char}'` : hex, flags)
  }
  const base = BASES[verb]
  if (!base) return null
  const digits = (value < 0n ? -value : value).toString(base[0])
  const wide = flags.precision === 0 && value === 0n ? '' : digits.padStart(flags.precision ?? 0, '0')
  const mark = verb === 'O' ? '0o' : flags.sharp && !(verb === 'o' && wide.startsWith('0')) ? base[1] : ''
  const body = verb === 'X' ? wide.toUpperCase() : wide
  return signed(value < 0n, mark + body, { ...flags, zero: flags.zero && flags.precision === null }, true, mark)
}

function signed(isNegative: boolean, body: string, flags: Flags, mayPad: boolean, mark = ''): string {
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  const room = (flags.width ?? 0) - sign.length
  if (!flags.zero || !mayPad) return padded(sign + body, { ...flags, zero: false })
  return sign + mark + body.slice(mark.length).padStart(room - mark.length, '0')
}

function padded(shown: string, { width, minus, zero }: Flags): string {
  const room = (width ?? 0) - Array.from(shown).length
  if (room <= 0) return shown
  return minus ? shown + ' '.repeat(room) : (zero ? '0' : ' ').repeat(room) + shown
}

function goSyntax(value: Value): string {
  if (value === null) return '<nil>'
  if (typeof value === 'string') return quote(value, false)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goItem).join(', ')}}`
  if (!isDict(value)) return show(value)
  return `map[string]interface {}{${pairs(value)
    .map(([key, item]) => `${quote(key, false)}:${goItem(item)}`)
    .join(', ')}}`
}

const goItem = (value: Value) => (value === null ? 'interface {}(nil)' : goSyntax(value))

/** strconv's FormatFloat. @param precision null: as few digits as tell it from others */
function showFloat(value: number, style: string, precision: number | null): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf'
  const isUpper = style === 'E' || style === 'G'
  const exponential = (digits: string) => {
    const fixed = digits.replace(/e([+-])(\d)$/, 'e$10$2')
    return isUpper ? fixed.toUpperCase() : fixed
  }
  const minus = Object.is(value, -0) ? '-' : ''
  if (style === 'f') return minus + (precision === null ? plain(value) : value.toFixed(Math.min(precision, 100)))
  if (style.toLowerCase() === 'e')
    return (
      minus + exponential(precision === null ? value.toExponential() : value.toExponential(Math.min(precision, 100)))
    )
  // %g
  const digits =
    precision === null ? value.toExponential() : value.toExponential(Math.max(0, Math.min(precision, 100) - 1))
  const exponent = Number(digits.slice(digits.indexOf('e') + 1))
  const mantissa = digits.slice(0, digits.indexOf('e'))
  const shortest = precision === null ? mantissa : mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  const limit = precision === null ? 6 : precision === 0 ? 1 : precision
  if (exponent < -4 || exponent >= limit)
    return minus + exponential(`${shortest}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`)
  return minus + plain(Number(`${shortest}e${exponent}`))
}

/** Without an exponent. */
function plain(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e')
  if (exponent === undefined) return mantissa
  const isNegative = mantissa.startsWith('-')
  const [whole = '', part = ''] = mantissa.replace('-', '').split('.')
  const at = whole.length + Number(exponent)
  const digits = whole + part
  const shown = at <= 0 ? `0.${'0'.repeat(-at)}${digits}` : digits.padEnd(at, '0')
  return (isNegative ? '-' : '') + shown
}

const SHORT: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

/** strconv.Quote. @param ascii escapes everything else, too */
export function quote(value: string, ascii: boolean, mark = '"'): string {
  const shown = Array.from(value).map((char) => {
    if (char === mark) return `\\${char}`
    const short = SHORT[char]
    if (short) return short
    const code = char.codePointAt(0)!
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
    if (code < 0x7f || (!ascii && /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char))) return char
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return mark + shown.join('') + mark
}
