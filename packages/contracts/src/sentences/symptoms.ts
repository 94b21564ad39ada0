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
