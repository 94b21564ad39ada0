/** Words of English sentences that no German one has; parts of a path, of an option or of a longer word are none. */
const ENGLISH =
  /(?<![\w/{-])(the|is|are|were|its|it|and|of|no|to|or|by|from|with|that|this|which|has|have|had|be|on|for|nothing|what|who|then|when|where|but|does|did|machine|disk|failed|asked|sent|took|ago|last|once|times)(?![\w/}-])/gi

/** What stays as it is in any language: commands, and what firmware shows on its screen. */
const AS_IT_IS = /„[^“]*“|\.\/eims( [\w./=-]+| --[\w-]+)*/g

/** PURE: the English words that are left over in a sentence which ought to be German. For tests. */
export const englishIn = (sentence: string): string[] => sentence.replace(AS_IT_IS, ' ').match(ENGLISH) ?? []
