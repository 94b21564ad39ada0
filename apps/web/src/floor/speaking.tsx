import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { useRemembered } from '../server/remembered.ts'
import type { Words } from '../words/english.ts'
import { floorWords } from '../words/floor.ts'
import type { Language, Said } from '../words/spoken.ts'
import { languageFor, languages } from '../words/words.ts'

type FloorWords = Said<(typeof floorWords)['en']>

interface Speaker {
  language: Language
  /** what every page says */
  words: Words
  /** what the floor says beside that */
  own: FloorWords
  speak: (language: Language) => void
}

const isLanguage = (text: string): text is Language => text in languages

const Speaking = createContext<Speaker>({
  language: 'en',
  words: languages.en,
  own: floorWords.en,
  speak: () => {},
})

/** The language of the floor: the one that the dashboard speaks in this browser. */
export function SpeakingProvider({ children }: { children: ReactNode }) {
  const [language, speak] = useRemembered<Language>('language', isLanguage, languageFor(navigator.languages))
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return (
    <Speaking value={{ language, words: languages[language], own: floorWords[language], speak }}>{children}</Speaking>
  )
}

export const useSpeaking = (): Speaker => useContext(Speaking)
