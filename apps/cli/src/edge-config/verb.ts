import { described, type Flags, flagPairs } from '../option-text.ts'
import { Refusal } from '../refusal.ts'

/** What every verb about config-files takes. */
export const json = { json: { type: 'boolean', says: 'print the result as JSON' } } as const

/** The text of --help. */
export const helpOf = (usage: string, about: string, options: Flags) =>
  `usage: ./eims ${usage}\n\n${about.trim()}\n\n${described(flagPairs(options))}`

/** Beside the output proper. */
export const tell = (lines: readonly string[]) => void process.stderr.write(lines.map((line) => `${line}\n`).join(''))

/** One file of the words. @throws Refusal */
export function oneFile(words: readonly string[]): string {
  const [file, ...more] = words
  if (file === undefined || more.length > 0) throw new Refusal('give exactly one file; see --help', 2)
  return file
}
