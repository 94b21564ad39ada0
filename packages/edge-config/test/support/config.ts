import { type ReadContext, readConfig, saltOf, sha512Crypt } from '../../src/index.ts'

/** The same hash for the same password: of a salt that is always the same. */
export const context = {
  crypt: (password: string) => sha512Crypt(password, saltOf(new Uint8Array(16))),
} satisfies ReadContext

/** A config-file with these lines below `operatingSystem`, two spaces before each. */
export const system = (text: string): string => `version: 1.0\noperatingSystem:\n${text.replace(/^(?=.)/gm, '  ')}`

const lines = (notes: { line: number; path: string; sentence: string }[]) =>
  notes.map(({ line, path, sentence }) => `${line} ${path}: ${sentence}`)

/** What is told of a config-file, each note as `line path: sentence`. */
export function told(text: string, more: Partial<ReadContext> = {}): { mistakes: string[]; warnings: string[] } {
  const { mistakes, warnings } = readConfig(text, { ...context, ...more })
  return { mistakes: lines(mistakes), warnings: lines(warnings) }
}

/** The config of a file that has no mistake. @throws Error with the mistakes */
export function configOf(text: string, more: Partial<ReadContext> = {}) {
  const { config, mistakes } = readConfig(text, { ...context, ...more })
  if (!config) throw new Error(lines(mistakes).join('\n'))
  return config
}
