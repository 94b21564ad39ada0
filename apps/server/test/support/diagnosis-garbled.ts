import type { Diagnosis } from '@eims/contracts'
import type { Test } from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { DiagnosisFacts } from '../../src/diagnosis/facts.ts'

/** An event's sentence, the sentence of a shown reason, words that are not ours in a slot, and a person's. */
const sentences = ['message', 'text', 'hold']

export const backwards = (words: string): string => words.split('').reverse().join('')

/** The same facts with every sentence in them written backwards; codes, slots and fields stay. */
export const garbled = (facts: DiagnosisFacts): DiagnosisFacts =>
  JSON.parse(
    JSON.stringify(facts, (key, value) =>
      sentences.includes(key) && typeof value === 'string' ? backwards(value) : value,
    ),
  )

/**
 * The diagnosis, which does not hang on how another part of the product puts its sentences: with all of them garbled
 * the symptom and what is to be done are the same. Not for timelines of earlier versions, whose reasons are sentences.
 */
export function judged(t: Test, facts: DiagnosisFacts): Diagnosis {
  const found = diagnose(facts)
  const { symptom, verdict, certainty, missing, remedy } = diagnose(garbled(facts))
  t.match(found, { symptom, verdict, certainty, missing }, 'no sentence decides')
  t.strictSame(found.remedy, remedy, 'nor does one choose the remedy')
  return found
}
