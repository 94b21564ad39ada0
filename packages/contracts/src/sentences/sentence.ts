import { z } from 'zod'
import { named } from '../component.ts'
import type { AnyReason } from '../reason.ts'
import type { Words } from '../reason-words.ts'
import type { diagnosisEnglish } from './diagnosis-english.ts'
import type { eventsEnglish } from './events-english.ts'

/**
 * A sentence as data, from which each language makes its own: a code of english.ts (`run.ended.FAILED`) and what its
 * braces are filled with. A code without a dot is a Reason's: a reason is a sentence, too.
 */
export const Sentence = z.object({ code: z.string(), slots: z.record(z.string(), z.unknown()) })
export type Sentence = AnyReason

/** Fills a brace. A list is told with commas; a reason within a sentence loses its full stop where the sentence goes on. */
export type Slot = string | number | Sentence | readonly Slot[]
export type Slots = Readonly<Record<string, Slot>>

/** Words with `{slots}`, or what makes them of figures. */
export type Template = string | ((figures: never) => string)

/** All that a language says: of the reasons, and of the sentences here. */
export interface Spoken {
  readonly reasons: Words
  readonly sentences: Readonly<Record<string, Template>>
}

type Written = typeof diagnosisEnglish & typeof eventsEnglish

/** A sentence that has a row of its own, and is none of a symptom. */
export type SentenceCode = keyof Written
type NamesIn<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never
/** What the braces of a code's English words ask for. */
export type SlotsIn<C extends SentenceCode> = Written[C] extends (figures: infer Figures) => string
  ? Figures
  : { readonly [Name in NamesIn<Written[C]>]: Slot }

named({ Sentence })
