import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { I18nProvider } from 'react-aria-components'
import { useRemembered } from '../server/remembered.ts'
import type { Words } from '../words/english.ts'
import { loadServersWords } from '../words/servers-words.ts'
import type { Language, Spoken } from '../words/spoken.ts'
import { languageFor, languages } from '../words/words.ts'

interface Speaker {
  language: Language
  words: Words
  speak: (language: Language) => void
}

const Speaking = createContext<Speaker>({ language: 'en', words: languages.en, speak: () => {} })

const isLanguage = (text: string): text is Language => text in languages

/** The language of the page: as somebody chose here, else as the browser prefers. It speaks once it has all of its words. */
export function SpeakingProvider({ children }: { children: ReactNode }) {
  const [asked, speak] = useRemembered<Language>('language', isLanguage, languageFor(navigator.languages))
  const [language, setLanguage] = useState<Language | null>(asked === 'en' ? asked : null)
  useEffect(() => {
    let isOver = false
    const ready = () => {
      if (!isOver) setLanguage(asked)
    }
    // without them, the server's sentences stay as it sends them
    void loadServersWords(asked).then(ready, ready)
    return () => {
      isOver = true
    }
  }, [asked])
  useEffect(() => {
    if (language) document.documentElement.lang = language
  }, [language])
  if (!language) return null
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
