import { english as englishReasons } from '../reason-words.ts'
import { diagnosisEnglish } from './diagnosis-english.ts'
import { eventsEnglish } from './events-english.ts'
import type { Spoken } from './sentence.ts'
import { sentencesOf } from './symptom-text.ts'
import { symptoms } from './symptoms.ts'

/** Everything that the server says, in English: what it writes and sends. */
export const spokenEnglish: Spoken = {
  reasons: englishReasons,
  sentences: { ...diagnosisEnglish, ...eventsEnglish, ...sentencesOf(symptoms) },
}
