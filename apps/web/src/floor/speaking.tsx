import type { ShownReason } from '@eims/contracts'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { useRemembered } from '../server/remembered.ts'
import type { Words } from '../words/english.ts'
import { floorWords } from '../words/floor.ts'
import type { Language, Said } from '../words/spoken.ts'
import { asSentence, languageFor, languages } from '../words/words.ts'

type FloorWords = Said<(typeof floorWords)['en']>

interface Speaker {
  language: Language
  /** what every page says */
  words: Words
  /** what the floor says beside that */
  own: FloorWords
  /** a reason of the server's; in English, as it is sent, until the words of another language are here */
  reasonIn: (reason: ShownReason) => string
  speak: (language: Language) => void
}

const isLanguage = (text: string): text is Language => text in languages

const inEnglish = (reason: ShownReason): string => asSentence(reason.text)

const Speaking = createContext<Speaker>({
  language: 'en',
  words: languages.en,
  own: floorWords.en,
  reasonIn: inEnglish,
  speak: () => {},
})

/** The language of the floor: the one that the dashboard speaks in this browser. */
export function SpeakingProvider({ children }: { children: ReactNode }) {
  const [language, speak] = useRemembered<Language>('language', isLanguage, languageFor(navigator.languages))
  const reasonIn = useReasons(language)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return (
    <Speaking value={{ language, words: languages[language], own: floorWords[language], reasonIn, speak }}>
      {children}
    </Speaking>
  )
}

export const useSpeaking = (): Speaker => useContext(Speaking)

/** Who reads English loads nothing for it: the German reasons are a sixth of the first page. */
function useReasons(language: Language): Speaker['reasonIn'] {
  const [german, setGerman] = useState<{ of: Speaker['reasonIn'] }>()
  useEffect(() => {
    if (language !== 'de' || german) return
    // With the network away they stay English, and the next change of the language asks again.
    import('../words/german-reason.ts').then(
      ({ germanOf }) => setGerman({ of: germanOf }),
      () => {},
    )
  }, [language, german])
  return language === 'de' && german ? german.of : inEnglish
}
