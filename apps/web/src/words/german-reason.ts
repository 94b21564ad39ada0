import { german, type ShownReason, say } from '@eims/contracts'
import { asSentence } from './words.ts'

/**
 * PURE: the German sentence of a reason; English where there is none. The dashboard holds a reason's slots against their
 * schema first (sentence.ts), which is more than board and floor have room for: what an earlier version stored otherwise is
 * said in English here.
 */
export function germanOf(reason: ShownReason): string {
  if (!(reason.code in german)) return asSentence(reason.text)
  try {
    const text = say(reason, german)
    return asSentence(/undefined|NaN/.test(text) ? reason.text : text)
  } catch {
    return asSentence(reason.text)
  }
}
