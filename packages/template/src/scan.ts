import { TemplateError } from './source.ts'

/** A word of an action, and where it begins in the source (UTF-16 units). */
export type Token = { at: number; end: number } & (
  | { type: 'field' | 'variable' | 'word'; name: string }
  | { type: 'string'; value: string }
  | { type: 'number'; value: bigint | number }
  | { type: 'sign'; sign: Sign }
)
/** `.` alone is the data at hand. */
type Sign = '.' | '|' | '(' | ')' | ',' | ':=' | '='

export type Piece = { at: number; text: string } | { at: number; end: number; tokens: Token[] }

const SPACE = ' \t\r\n'
function trimmed(text: string, side: 'start' | 'end'): string {
  let [from, to] = [0, text.length]
  if (side === 'start') while (isSpace(text[from])) from += 1
  else while (isSpace(text[to - 1])) to -= 1
  return text.slice(from, to)
}

/**
 * Cuts a template into text and actions (Go's text/template: delimiters `{{ }}`, trim markers `{{- -}}`, comments).
 * @throws TemplateError for an action or comment that is not closed, and for what is no token
 */
export function scan(source: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let trimNext = false
  for (;;) {
    const open = source.indexOf('{{', at)
    let text = source.slice(at, open < 0 ? source.length : open)
    if (trimNext) {
      text = trimmed(text, 'start')
      at = (open < 0 ? source.length : open) - text.length
    }
    if (open < 0) {
      if (text !== '') pieces.push({ at, text })
      return pieces
    }
    const trims = source[open + 2] === '-' && isSpace(source[open + 3])
    if (trims) text = trimmed(text, 'end')
    if (text !== '') pieces.push({ at, text })
    const inside = open + (trims ? 3 : 2)
    const action = scanAction(source, open, inside)
    if (action.tokens) pieces.push({ at: open, end: action.end, tokens: action.tokens })
    at = action.end
    trimNext = action.trims
  }
}

function isSpace(char: string | undefined): boolean {
  return char !== undefined && char !== '' && SPACE.includes(char)
}

/** From behind the opening delimiter to behind the closing one; no tokens: it is a comment. */
function scanAction(
  source: string,
  open: number,
  from: number,
): { tokens: Token[] | null; end: number; trims: boolean } {
  const comment = /[ \t\r\n]*\/\*/y
  comment.lastIndex = from
  // Go takes a comment only where nothing but a trim marker's space stands before it
  if (source.startsWith('/*', from) || (source[from - 1] === '-' && comment.test(source)))
    return scanComment(source, open, source.indexOf('/*', from))
  const tokens: Token[] = []
  for (let at = from; ; ) {
    while (isSpace(source[at])) at += 1
    if (at >= source.length) throw new TemplateError(source, open, 'the action is not closed: }} is missing')
    if (source.startsWith('}}', at)) return { tokens, end: at + 2, trims: false }
    if (source.startsWith('-}}', at) && isSpace(source[at - 1])) return { tokens, end: at + 3, trims: true }
    const token = scanToken(source, at, open)
    tokens.push(token)
    at = token.end
  }
}

function scanComment(source: string, open: number, from: number) {
  const close = source.indexOf('*/', from + 2)
  if (close < 0) throw new TemplateError(source, open, 'the comment is not closed: */ is missing')
  const end = /(?:[ \t\r\n](-)|)\}\}/y
  end.lastIndex = close + 2
  const found = end.exec(source)
  if (!found) throw new TemplateError(source, close, 'a comment ends with */}} or with */ -}}')
  return { tokens: null, end: end.lastIndex, trims: found[1] === '-' }
}

const NAME = /[\p{L}\p{Nd}_]+/uy
const NUMBER = /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y

function scanToken(source: string, at: number, open: number): Token {
  const char = source[at]!
  const sign = (text: Sign): Token => ({ type: 'sign', sign: text, at, end: at + text.length })
  if (source.startsWith(':=', at)) return sign(':=')
  if ('|(),='.includes(char)) return sign(char as Sign)
  if (char === '"') return scanString(source, at, open)
  if (char === '`') {
    const close = source.indexOf('`', at + 1)
    if (close < 0) throw new TemplateError(source, at, 'the raw string is not closed')
    return { type: 'string', value: source.slice(at + 1, close).replaceAll('\r', ''), at, end: close + 1 }
  }
  if (char === "'") return scanRune(source, at)
  if (char === '$' || char === '.') {
    const name = match(NAME, source, at + 1)
    if (char === '$' || (name !== '' && !/^\d/.test(name))) {
      const end = at + 1 + name.length
      return char === '$'
        ? ended(source, { type: 'variable', name: `$${name}`, at, end })
        : ended(source, { type: 'field', name, at, end })
    }
    if (name === '') return sign('.')
  }
  if (/[\d.+-]/.test(char)) return scanNumber(source, at)
  const name = match(NAME, source, at)
  if (name !== '') return ended(source, { type: 'word', name, at, end: at + name.length })
  throw new TemplateError(source, at, `${JSON.stringify(char)} has no meaning in an action`)
}

function match(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? ''
}

/** What follows a name ends it, or else it is no name. */
function ended(source: string, token: Token): Token {
  const next = source[token.end]
  if (next === undefined || isSpace(next) || '.,|:=)('.includes(next) || source.startsWith('}}', token.end))
    return token
  throw new TemplateError(source, token.end, `${JSON.stringify(next)} has no meaning there`)
}

function scanNumber(source: string, at: number): Token {
  const text = match(NUMBER, source, at)
  const end = at + text.length
  const after = source[end]
  if (text === '' || (after !== undefined && /[\p{L}\p{Nd}_.]/u.test(after)))
    throw new TemplateError(source, at, `${JSON.stringify(source.slice(at, end + 1))} is no number`)
  const plain = text.replaceAll('_', '')
  const isFloat = !/^[+-]?0[xXbBoO]/.test(plain) && /[.eE]/.test(plain)
  if (isFloat) return { type: 'number', value: Number(plain), at, end }
  const [, minus, digits = ''] = /^([+-]?)(.*)$/.exec(plain)!
  // a leading zero makes it octal, as in C
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  if (/^0[89]/.test(digits) || !/^(0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|\d+)$/.test(octal))
    throw new TemplateError(source, at, `${text} is no number`)
  const size = BigInt(octal)
  if (size > 2n ** 63n - 1n) throw new TemplateError(source, at, `${text} does not fit in 64 bits`)
  return { type: 'number', value: minus === '-' ? -size : size, at, end }
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/** A quoted string as Go writes it. @returns its value and where it ends */
function scanString(source: string, at: number, open: number): Token {
  const parts: Buffer[] = []
  for (let i = at + 1; ; ) {
    const char = source[i]
    if (char === undefined || char === '\n') throw new TemplateError(source, open, 'a quoted string is not closed')
    if (char === '"') return { type: 'string', value: Buffer.concat(parts).toString(), at, end: i + 1 }
    const { bytes, end } = char === '\\' ? unescaped(source, i, '"') : { bytes: codePoint(source, i), end: 0 }
    parts.push(bytes)
    i = end || i + (source.codePointAt(i)! > 0xffff ? 2 : 1)
  }
}

const codePoint = (source: string, at: number) => Buffer.from(String.fromCodePoint(source.codePointAt(at)!))

/** One escape sequence of a string in `quote`s. */
function unescaped(source: string, at: number, quote: string): { bytes: Buffer; end: number; code: number } {
  const next = source[at + 1] ?? ''
  const simple = ESCAPES[next]
  if (simple !== undefined && (next === quote || (next !== '"' && next !== "'")))
    return { bytes: Buffer.from(simple), end: at + 2, code: simple.codePointAt(0)! }
  const [text] = /^(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3})/.exec(source.slice(at + 1, at + 10)) ?? []
  if (text === undefined) throw new TemplateError(source, at, `\\${next} is no escape of a quoted string`)
  const isByte = text[0] === 'x' || /^\d/.test(text)
  const code = Number.parseInt(text.replace(/^[xuU]/, ''), /^\d/.test(text) ? 8 : 16)
  if (isByte ? code > 255 : code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    throw new TemplateError(source, at, `\\${text} is no character`)
  return {
    bytes: isByte ? Buffer.from([code]) : Buffer.from(String.fromCodePoint(code)),
    end: at + 1 + text.length,
    code,
  }
}

/** `'x'` is the number of a character. */
function scanRune(source: string, at: number): Token {
  const isEscape = source[at + 1] === '\\'
  const code = isEscape ? unescaped(source, at + 1, "'").code : (source.codePointAt(at + 1) ?? 0)
  const end = isEscape ? unescaped(source, at + 1, "'").end : at + 1 + (code > 0xffff ? 2 : 1)
  if (source[end] !== "'" || source[at + 1] === '\n' || (!isEscape && source[at + 1] === "'"))
    throw new TemplateError(source, at, "a character stands between two ' alone")
  return { type: 'number', value: BigInt(code), at, end: end + 1 }
}
