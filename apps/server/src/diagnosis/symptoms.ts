import { type Sentence, type Slots, type Symptom, type SymptomText, symptoms } from '@eims/contracts'

/** A row that applies, and what fills its braces. */
export interface Finding {
  symptom: Symptom
  slots?: Slots
  /** when the step before the missing one was first seen (ms since 1970): its patience counts from there */
  since?: number
  /** what to do before what the row says, where it depends on what was seen; braces that are not filled are, as the row's */
  also?: readonly Sentence[]
  /** what that step was, for the time being: `The boot file snponly.efi was read` */
  done?: Sentence
}

export const textOf = (symptom: Symptom): SymptomText => symptoms[symptom]
