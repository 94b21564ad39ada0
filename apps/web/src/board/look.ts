import type { ShownReason } from '@eims/contracts'
import { boardWords } from '../words/board.ts'
import { asSentence, languageFor, languages } from '../words/words.ts'

const search = new URLSearchParams(location.search)

/**
 * How this board looks, as its address says: nobody sets anything at a screen on the wall. Dark unless `theme` is `light`;
 * in the browser's language unless `language` names another.
 */
export const look = {
  language: languageFor([search.get('language') ?? '', ...navigator.languages]),
  theme: search.get('theme') === 'light' ? 'light' : 'dark',
} as const

/** What the board is of, as the server takes it; empty: the whole site. */
export const batches = search.get('batch') ?? ''

/** What every page says, and what this one does. */
export const words = languages[look.language]
export const said = boardWords[look.language]

// The server's own words are English; all others, and what it takes to say them, are loaded only where they are read.
const inOtherWords = look.language === 'en' ? null : (await import('../words/german-reason.ts')).germanOf

/** The sentence of a reason. */
export const sentenceOf = (reason: ShownReason): string =>
  inOtherWords === null ? asSentence(reason.text) : inOtherWords(reason)

/** A number as people of that language write it. */
export const count = (number: number): string => new Intl.NumberFormat(look.language).format(number)

/** A time of day, `17:05`, of milliseconds since 1970. */
export const timeOf = (at: number, withSeconds = false): string =>
  new Date(at).toLocaleTimeString(look.language, {
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
  })

/** The day of a time, unless it is that of `now`: `Tue`, or `3 Dec` where there are several Tuesdays between. */
export function dayOf(at: number, now: number): string {
  if (new Date(at).toDateString() === new Date(now).toDateString()) return ''
  const isNear = Math.abs(at - now) < 6 * 86_400_000
  return new Date(at).toLocaleDateString(
    look.language,
    isNear ? { weekday: 'short' } : { day: 'numeric', month: 'short' },
  )
}
