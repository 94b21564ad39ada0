import type { Diagnosis, Verdict } from '../diagnosis.ts'

/** What a row of the table of docs/diagnosis.md says, in one language. Words in braces are filled in from what was seen. */
export interface SymptomWords {
  readonly says: string
  /** what should have come next */
  readonly missing?: string
  readonly cause?: string
  readonly remedy?: readonly string[]
}

/** One row of that table, with its words in English. */
export interface SymptomText extends SymptomWords {
  readonly verdict: Verdict
  readonly certainty: Diagnosis['certainty']
  /** seconds after the sign before it within which the next one may still come by itself */
  readonly patience?: number
}

/** PURE: the rows of one language as sentences, by their codes: `symptom.twin.says`, `symptom.twin.remedy.0`. */
export const sentencesOf = (rows: Readonly<Record<string, SymptomWords>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(rows).flatMap(([symptom, { says, missing, cause, remedy = [] }]) =>
      Object.entries({ says, missing, cause, ...Object.fromEntries(remedy.map((each, at) => [`remedy.${at}`, each])) })
        .filter((field): field is [string, string] => field[1] !== undefined)
        .map(([field, words]) => [`symptom.${symptom}.${field}`, words]),
    ),
  )
