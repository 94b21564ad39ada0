import { german as germanReasons } from '../reason-words-german.ts'
import { diagnosisGerman } from './diagnosis-german.ts'
import { eventsGerman } from './events-german.ts'
import type { Spoken } from './sentence.ts'
import { sentencesOf } from './symptom-text.ts'
import { firmwareSymptomsGerman } from './symptoms-firmware-german.ts'
import { nodeSymptomsGerman } from './symptoms-node-german.ts'
import { scriptSymptomsGerman } from './symptoms-script-german.ts'

/** Everything that the server says, in German. */
export const spokenGerman: Spoken = {
  reasons: germanReasons,
  sentences: {
    ...diagnosisGerman,
    ...eventsGerman,
    ...sentencesOf({ ...firmwareSymptomsGerman, ...scriptSymptomsGerman, ...nodeSymptomsGerman }),
  },
}
