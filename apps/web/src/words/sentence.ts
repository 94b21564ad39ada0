import { readReason, type ShownReason, say } from '@eims/contracts'
import { serversWords } from './servers-words.ts'
import type { Language } from './spoken.ts'
import { asSentence } from './words.ts'

/** The sentence of a reason. English words are those that the server sent. */
export function sentenceOf(reason: ShownReason, language: Language): string {
  const words = serversWords(language)
  const known = words && readReason(reason)
  return asSentence(known ? say(known, words.reasons) : reason.text)
}
