import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { I18nProvider } from 'react-aria-components'
import { useRemembered } from '../server/remembered.ts'
import type { Words } from '../words/english.ts'
import type { Language, Spoken } from '../words/spoken.ts'
import { languageFor, languages } from '../words/words.ts'

interface Speaker {
  language: Language
  words: Words
  speak: (language: Language) => void
}

const Speaking = createContext<Speaker>({ language: 'en', words: languages.en, speak: () => {} })

const isLanguage = (text: string): text is Language => text in languages

/** The language of the page: as somebody chose here, else as the browser prefers. */
export function SpeakingProvider({ children }: { children: ReactNode }) {
  const [language, speak] = useRemembered<Language>('language', isLanguage, languageFor(navigator.languages))
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return (
    <Speaking value={{ language, words: languages[language], speak }}>
      <I18nProvider locale={language}>{children}</I18nProvider>
    </Speaking>
  )
}

/** What the page says. */
export const useWords = (): Words => useContext(Speaking).words

/** What one page says beside that (`words/`, a table of its own). */
export const useSpoken = <S,>(table: Spoken<S>): S => table[useContext(Speaking).language]

/** Which language it speaks, and how it is told another. */
export const useSpeaking = (): Speaker => useContext(Speaking)
