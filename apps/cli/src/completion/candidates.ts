import type { Named } from '../verb.ts'

export interface Candidate {
  text: string
  says: string
}

/** What completion knows of a verb; `completable` makes it of the verb itself. */
export interface Completable {
  name: string
  summary: string
  /** its flags, and how help writes their values: `NAME`, `yes|no`; null for a flag without one */
  flags: Record<string, string | null>
  names?: Named
  values?: Record<string, readonly string[]>
  /** its words are files */
  files: boolean
}

/** What may stand at the cursor: known words, names that the server knows, or files. */
export type Wanted = { kind: 'words'; words: Candidate[] } | { kind: 'names'; of: Named } | { kind: 'files' }

const byFlag: Record<string, Named> = {
  '--profile': 'profile',
  '--default-profile': 'profile',
  '--batch': 'batch',
  '--in-batch': 'batch',
  '--account': 'account',
  '--default-account': 'account',
  '--image': 'image',
  '--node': 'node',
  '--addon': 'addon',
}

/**
 * PURE: what could be typed next.
 * @param before the words behind the program's name and before the one at the cursor
 * @param current the word at the cursor, perhaps empty
 */
export function wanted(before: string[], current: string, verbs: Completable[]): Wanted {
  const words = before.filter((word) => word !== 'help')
  const verb = [2, 1].map((count) => verbs.find(({ name }) => name === words.slice(0, count).join(' '))).find(Boolean)
  if (!verb) return { kind: 'words', words: verbWords(words, verbs).filter(startingWith(current)) }
  const last = before.at(-1) ?? ''
  const value = last.startsWith('--') ? (verb.flags[last] ?? null) : null
  if (value !== null) return valueWanted(verb, last, value, current)
  const [, flag, typed] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
  if (flag !== undefined && typed !== undefined) return valueWanted(verb, flag, verb.flags[flag] ?? '', typed)
  if (current.startsWith('-')) {
    const flags = Object.keys(verb.flags).concat('--help')
    return { kind: 'words', words: flags.map((text) => ({ text, says: '' })).filter(startingWith(current)) }
  }
  if (verb.names) return { kind: 'names', of: verb.names }
  return verb.files ? { kind: 'files' } : { kind: 'words', words: [] }
}

/** First words of verbs, or the second ones below a first. */
function verbWords(words: string[], verbs: Completable[]): Candidate[] {
  const [first] = words
  if (first === undefined) {
    const firsts = [...new Set(verbs.map(({ name }) => name.split(' ')[0]!))]
    const says = (text: string) => verbs.find(({ name }) => name === text)?.summary ?? `${text} …`
    return [...firsts.map((text) => ({ text, says: says(text) })), { text: 'help', says: 'all verbs' }]
  }
  return verbs
    .filter(({ name }) => words.length === 1 && name.startsWith(`${first} `))
    .map(({ name, summary }) => ({ text: name.slice(first.length + 1), says: summary }))
}

const startingWith =
  (typed: string) =>
  ({ text }: Candidate) =>
    text.startsWith(typed)

function valueWanted(verb: Completable, flag: string, value: string, current: string): Wanted {
  const known = verb.values?.[flag.slice(2)] ?? (/^[a-z0-9_|-]+$/.test(value) ? value.split('|') : null)
  if (known) return { kind: 'words', words: known.map((text) => ({ text, says: '' })).filter(startingWith(current)) }
  if (/FILE|DIR/.test(value)) return { kind: 'files' }
  if (value === 'OTHER') return { kind: 'names', of: 'node' }
  const of = byFlag[flag]
  return of ? { kind: 'names', of } : { kind: 'words', words: [] }
}
