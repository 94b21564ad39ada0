import type { Diagnosis, Verdict } from '@eims/contracts'

/** One row of the table of docs/diagnosis.md. Words in braces are filled in from what was seen. */
export interface SymptomText {
  verdict: Verdict
  certainty: Diagnosis['certainty']
  says: string
  /** what should have come next */
  missing?: string
  /** seconds after the sign before it within which the next one may still come by itself */
  patience?: number
  cause?: string
  remedy?: readonly string[]
}
