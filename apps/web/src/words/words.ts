import { english, type Words } from './english.ts'
import { german } from './german.ts'
import type { Language } from './spoken.ts'

/** What every page says, in each language. */
export const languages: Readonly<Record<Language, Words>> = { en: english, de: german }

/** PURE: the first of the languages that somebody prefers which there is; else English. */
export const languageFor = (preferred: readonly string[]): Language =>
  preferred.map((each) => each.slice(0, 2).toLowerCase()).find((each): each is Language => each in languages) ?? 'en'

/** PURE: words as a sentence: with a capital and a full stop. */
export function asSentence(text: string): string {
  // A name of the plan's, or of a device, stays as it is written.
  const begins = /^\S*[-/:_\d]/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase()
  return `${begins}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`
}
