import { flagsOf, type Verb } from '../verb.ts'
import type { Completable } from './candidates.ts'

/** PURE: what completion is to know of a verb, out of its help; verbs.json is made of it. */
export const completable = (verb: Verb): Completable => ({
  name: verb.name,
  summary: verb.summary,
  flags: Object.fromEntries(flagsOf(verb).map((flag) => [flag, placeholder(verb, flag)])),
  ...(verb.names ? { names: verb.names } : {}),
  ...(verb.values && Object.keys(verb.values).length > 0 ? { values: verb.values } : {}),
  files: /FILE/.test(verb.help.split('\n\n')[0] ?? ''),
})

function placeholder({ help }: Verb, flag: string): string | null {
  const [, value] = new RegExp(`(?<![\\w-])${flag} ([A-Z][A-Z0-9|=]*|\\w[\\w|-]*\\|[\\w|-]+)(?![a-z])`).exec(help) ?? []
  return value ?? null
}
