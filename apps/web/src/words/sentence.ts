import { german as germanReasons, readReason, type ShownReason, say } from '@eims/contracts'
import type { Language } from './spoken.ts'
import { asSentence } from './words.ts'

/** PURE: the sentence of a reason. English words are those that the server sent. */
export function sentenceOf(reason: ShownReason, language: Language): string {
  const known = language === 'de' ? readReason(reason) : null
  return asSentence(known ? say(known, germanReasons) : reason.text)
}
