import type { SymptomText } from './symptom-text.ts'
import { firmwareSymptoms } from './symptoms-firmware.ts'
import { nodeSymptoms } from './symptoms-node.ts'
import { scriptSymptoms } from './symptoms-script.ts'

/** Every sentence that a diagnosis can end in, in the order in which a machine comes by them. */
export const symptoms = { ...firmwareSymptoms, ...scriptSymptoms, ...nodeSymptoms } satisfies Record<
  string,
  SymptomText
>
export type Symptom = keyof typeof symptoms

/** A row that applies, and what fills its braces. */
export interface Finding {
  symptom: Symptom
  slots?: Readonly<Record<string, string>>
  /** when the step before the missing one was first seen (ms since 1970): its patience counts from there */
  since?: number
  /** what to do before what the row says, where it depends on what was seen */
  also?: readonly string[]
  /** what that step was, for the time being: `The boot file snponly.efi was read` */
  done?: string
}

export const textOf = (symptom: Symptom): SymptomText => symptoms[symptom]

/** `{name}` of a text becomes the slot's value; a slot that nobody filled stays as it is, which the tests look for. */
export function fill(text: string, slots: Readonly<Record<string, string>> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => slots[name] ?? whole)
}
