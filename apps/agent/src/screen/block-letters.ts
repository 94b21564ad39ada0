/** Seven lines high, six wide: to be read from the other end of the bench. */
const glyphs: Record<string, string[]> = {
  A: [' #### ', '##  ##', '##  ##', '######', '##  ##', '##  ##', '##  ##'],
  D: ['##### ', '##  ##', '##  ##', '##  ##', '##  ##', '##  ##', '##### '],
  E: ['######', '##    ', '##    ', '##### ', '##    ', '##    ', '######'],
  F: ['######', '##    ', '##    ', '##### ', '##    ', '##    ', '##    '],
  I: ['######', '  ##  ', '  ##  ', '  ##  ', '  ##  ', '  ##  ', '######'],
  K: ['##  ##', '## ## ', '####  ', '###   ', '####  ', '## ## ', '##  ##'],
  L: ['##    ', '##    ', '##    ', '##    ', '##    ', '##    ', '######'],
  O: [' #### ', '##  ##', '##  ##', '##  ##', '##  ##', '##  ##', ' #### '],
}

/** The lines of a word in block letters, at most 80 columns wide. Only the letters of OK and FAILED are there. */
export function blockLetters(word: 'OK' | 'FAILED'): string[] {
  return Array.from(
    { length: 7 },
    (_, row) =>
      `   ${word
        .split('')
        .map((letter) => glyphs[letter]![row])
        .join('  ')}`,
  )
}
