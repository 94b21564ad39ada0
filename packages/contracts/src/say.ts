import type { AnyReason, ReasonCode, ShownReason } from './reason.ts'
import { english, type Words } from './reason-words.ts'

/** Said where a sentence takes a reason and none is on record. */
export const NO_REASON = 'no reason is known'

/** PURE: the sentence of a reason, without a full stop. One that this version does not know is its code. */
export function say(reason: AnyReason, language: Words = english): string {
  if (!Object.hasOwn(language, reason.code)) return reason.code
  const words = language[reason.code as ReasonCode] as (slots: never, say: (inner: AnyReason) => string) => string
  return words(reason.slots as never, (inner) => say(inner, language))
}

/** PURE: a reason with its sentence, for a reply. */
export const shown = (reason: AnyReason): ShownReason => ({
  code: reason.code,
  slots: reason.slots as Record<string, unknown>,
  text: say(reason),
})
