import { type Event, type Sentence, sentenceOfEvent, speak } from '@eims/contracts'
import { serversWords } from './servers-words.ts'
import type { Language } from './spoken.ts'

/** A sentence of the server's. English words are those that it sent, and the only ones of what is not known here. */
export function saidIn(language: Language, said: Sentence | null, english: string): string {
  const words = serversWords(language)
  return words && said ? (speak(said, words) ?? english) : english
}

/** What an event says. */
export const eventIn = (language: Language, event: Pick<Event, 'kind' | 'data' | 'message'>): string =>
  saidIn(language, sentenceOfEvent(event), event.message)
