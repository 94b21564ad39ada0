import { type Event, type Sentence, sentenceOfEvent, speak, spokenGerman } from '@eims/contracts'
import type { Language } from './spoken.ts'

/** PURE: a sentence of the server's. English words are those that it sent, and the only ones of what is not known here. */
export const saidIn = (language: Language, said: Sentence | null, english: string): string =>
  language === 'de' && said ? (speak(said, spokenGerman) ?? english) : english

/** PURE: what an event says. */
export const eventIn = (language: Language, event: Pick<Event, 'kind' | 'data' | 'message'>): string =>
  saidIn(language, sentenceOfEvent(event), event.message)
