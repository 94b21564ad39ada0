import { type ImportWarningCode, Mac, Uuid } from '@eims/contracts'
import { macText } from './mac-cell.ts'
import type { CellDoubt } from './records.ts'
import { uuidText } from './uuid-cell.ts'

type Doubt = [code: ImportWarningCode, applies: (text: string) => boolean, message: string]

/** Twelve digits alone are more often a serial than a MAC. */
const isMac = (text: string) =>
  Mac.safeParse(macText(text)).success && (/[^0-9a-f]/i.test(text) || (/\d/.test(text) && /[a-f]/i.test(text)))

const label = /^(?:s\/n[\s.]|(?:s\/n|sn|s\.n\.|ser(?:ial)?(?:\s*(?:no|nr|num(?:ber)?)\.?)?|service\s*tag)\s*[:#=])/i

const total =
  /^(?:(?:grand\s*|sub[\s-]?)?(?:totals?|sum|count|average|summe|gesamt|anzahl)\s*[:=]?\s*[\d.,]*|\(?\d+ (?:rows?|records?|items?|machines?)\)?)$/i

const day = String.raw`(?:0?[1-9]|[12]\d|3[01])`
const month = '(?:jan|feb|mar|mrz|m\u00e4r|apr|may|mai|jun|jul|aug|sept?|oct|okt|nov|dec|dez)[a-z]{0,6}\\.?'
const dates = [
  String.raw`${day}[-/. ]{1,2}${month}(?:[-/ ]\d{2,4})?`,
  String.raw`${month}[-/ ](?:\d\d?|(?:19|20)\d\d)`,
  String.raw`${day}([./])${day}\1(?:19|20)?\d\d(?: .*)?`,
  String.raw`${day}-${day}-(?:19|20)\d\d`,
  String.raw`(?:19|20)\d\d-[01]\d-[0-3]\d(?:[ T]\d\d:.*)?`,
].map((pattern) => new RegExp(`^${pattern}$`, 'iu'))

/** Serials may have inner spaces and slashes: only parts that each look like a whole one are several. */
function isSeveral(text: string): boolean {
  const parts = text.split(/\s*[;|,]\s*/).filter(Boolean)
  if (parts.length > 1 && parts.every((part) => part.length >= 3)) return true
  const alike = text.split(/\s*[/&+]\s*|\s+/)
  return (
    alike.length > 1 && alike.every((part) => part.length >= 5 && part.length === alike[0]?.length && /\d/.test(part))
  )
}

/** In the order in which the first that applies is told: a date is also several numbers. */
const doubts: Doubt[] = [
  [
    'uuid-as-serial',
    (text) => Uuid.safeParse(uuidText(text)).success,
    'is a UUID, which goes into a column of its own; look whether the columns have shifted',
  ],
  [
    'mac-as-serial',
    isMac,
    'is a MAC address, which goes into a column of its own; look whether the columns have shifted',
  ],
  ['totals-row', (text) => total.test(text), 'looks like the total below a list; take the row out'],
  ['prefix', (text) => label.test(text), 'begins with its own label; write the serial alone'],
  ['barcode-stars', (text) => /^\*.+\*$/.test(text), 'has the stars of a barcode font around it; take them away'],
  [
    'excel-date',
    (text) => dates.some((date) => date.test(text)),
    'is a date, which a spreadsheet makes of serials such as 3-4; format the column as text before you paste',
  ],
  [
    'excel-text-mark',
    (text) => /^['\u2018\u2019]/.test(text),
    'begins with the apostrophe that marks text in a spreadsheet; take it away',
  ],
  [
    'excel-decimal',
    (text) => /^\d+[.,]0{1,2}$/.test(text),
    'has the decimal places of a number; format the column as text before you paste',
  ],
  [
    'excel-rounding',
    // A double holds 15 decimal digits for sure, and Excel no more than those.
    (text) => /^[1-9]\d{14}0+$/.test(text) || /^\d[.,]\d+E\+?\d+$/i.test(text),
    'has nothing but zeros behind its 15th digit, for a spreadsheet keeps no more; format the column as text before you paste',
  ],
  ['several-in-one-cell', isSeveral, 'seems to be several serials; a row is one machine'],
]

/** Why a serial is doubtful whose cell a spreadsheet holds as something else than text. */
export const sheetDoubts: Record<CellDoubt[1], { code: ImportWarningCode; message: string }> = {
  'excel-date': {
    code: 'excel-date',
    message:
      'is a date to the spreadsheet, which makes one of serials such as 3-4; format the column as text and write it again',
  },
  'excel-rounding': {
    code: 'excel-rounding',
    message:
      'is a number to the spreadsheet, which keeps no more than its first 15 digits; format the column as text and write it again',
  },
}

/**
 * PURE: why a serial that a person wrote is probably none, or not the one on the label; the first reason, or null. Firmware
 * is not asked so sternly: what it says is what the machine will say again.
 */
export function doubtOfSerial(text: string): { code: ImportWarningCode; message: string } | null {
  const found = doubts.find(([, applies]) => applies(text))
  return found ? { code: found[0], message: found[2] } : null
}
