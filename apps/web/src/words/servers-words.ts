import type { spokenGerman } from '@eims/contracts'
import type { Language } from './spoken.ts'

/** What the server says, in German; English is what it sends. */
let german: typeof spokenGerman | null = null

/** Loads the server's sentences in a language: a fifth of the first page, which only those fetch who read it. */
export async function loadServersWords(language: Language): Promise<void> {
  if (language === 'de') german ??= (await import('./servers-german.ts')).spokenGerman
}

/** Of a language other than that which the server sends; null: it is that one, or was not to be had. */
export const serversWords = (language: Language): typeof spokenGerman | null => (language === 'de' ? german : null)
