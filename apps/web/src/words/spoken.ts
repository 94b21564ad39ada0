/** The same keys with other words: sentences stay sentences, and those that take something take the same. */
export type Said<T> = T extends string
  ? string
  : T extends (...given: infer G) => string
    ? (...given: G) => string
    : { readonly [K in keyof T]: Said<T[K]> }

/** Every language of the dashboard, by its code (BCP 47). */
export type Language = 'en' | 'de'

/** What one page says, in every language: it is loaded with that page. */
export type Spoken<S> = Readonly<Record<Language, S>>

/** A page's table of words; another language is one more of these tables, with the same keys. */
export const spoken = <const T extends object>(english: T, german: NoInfer<Said<T>>): Spoken<Said<T>> => ({
  en: english as unknown as Said<T>,
  de: german,
})
