/** What a number format makes of a number, as far as it matters in a list of machines. */
export type NumberFormat = 'plain' | 'date' | Token[]
/** a digit's place (`0`, `#`, `?`), or text that stands between digits */
interface Token {
  digit: boolean
  sign: string
}

/** Excel's own formats with a date or a time in them, those of East Asia too (ECMA-376 part 1, 18.8.30). */
const dates: [number, number][] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
]
/** PURE: the format with a number below 164, which no workbook spells out. */
export const builtinFormat = (id: number): NumberFormat =>
  dates.some(([first, last]) => id >= first && id <= last) ? 'date' : 'plain'

const token =
  /\[(?<bracket>[^\]]*)\]|"(?<quoted>[^"]*)"|\\(?<escaped>.)|[_*].|(?<general>General)|(?<exponent>E[+-])|(?<digit>[0#?])|(?<date>[ymdhsYMDHS])|(?<other>[\s\S])/gu

/**
 * PURE: `00000` is five digits, `0000-0000` eight with a hyphen, `dd.mm.yyyy` a date; decimals, thousands, percent and all
 * that merely decorates is `plain`, for there the number itself is what was meant.
 */
export function readNumberFormat(code: string): NumberFormat {
  const tokens: Token[] = []
  for (const { groups = {} } of code.matchAll(token)) {
    const { bracket, quoted, escaped, general, exponent, digit, date, other } = groups
    if (date !== undefined || (bracket !== undefined && /^(?:h+|m+|s+)$/i.test(bracket))) return 'date'
    if (other === ';') break
    if (general !== undefined || exponent !== undefined || (other !== undefined && /[.,%/@]/.test(other)))
      return 'plain'
    if (digit !== undefined) tokens.push({ digit: true, sign: digit })
    const text = quoted ?? escaped ?? other
    if (text !== undefined) tokens.push({ digit: false, sign: text })
  }
  return tokens.some(({ digit, sign }) => digit && sign === '0') ? tokens : 'plain'
}

/**
 * PURE: a number as its cell shows it where that is a matter of digits, else with at most 15 of them, for a spreadsheet
 * keeps no more.
 * @param written as it stands in the file: `123`, `1.5E+15`
 */
export function numberText(written: string, format: NumberFormat): string {
  const value = Number(written)
  if (!Number.isFinite(value)) return written
  if (!Number.isInteger(value)) return String(Number(value.toPrecision(15)))
  const digits = /^-?\d+$/.test(written) ? written : String(value)
  return Array.isArray(format) && /^-?\d+$/.test(digits) ? filled(digits, format) : digits
}

function filled(number: string, tokens: Token[]): string {
  const digits = number.replace('-', '').replace(/^0+/, '').split('')
  const first = tokens.findIndex(({ digit }) => digit)
  const text = tokens.toReversed().map((each, index) => {
    if (!each.digit) return each.sign
    if (tokens.length - 1 - index === first)
      return digits
        .splice(0)
        .join('')
        .padStart(each.sign === '0' ? 1 : 0, '0')
    return digits.pop() ?? (each.sign === '0' ? '0' : '')
  })
  return `${number.startsWith('-') ? '-' : ''}${text.reverse().join('')}`
}

const DAY = 86_400_000
/** The last day that a spreadsheet knows, 9999-12-31. */
const LAST_DAY = 2_958_466

/**
 * PURE: a day and time counted in days, as ISO writes it; null outside of what a spreadsheet takes for one.
 * @param from1904 whether the workbook counts from 1904, as on old Macintoshes, instead of from 1900
 */
export function dateText(days: number, from1904: boolean): string | null {
  // To Excel 1900 had a 29th of February, as to Lotus 1-2-3.
  const since1900 = from1904 ? days + 1462 : days < 60 ? days + 1 : days
  if (!(days >= 0 && since1900 < LAST_DAY)) return null
  const iso = new Date(Date.UTC(1899, 11, 30) + Math.round(since1900 * DAY)).toISOString()
  const [day = '', time = ''] = iso.slice(0, 19).split('T')
  if (days < 1 && !from1904) return time
  return time === '00:00:00' ? day : `${day} ${time}`
}
