import { nearest } from '@eims/contracts'
import { type ImportReferences, newId } from '@eims/registry'

/** So many batches an import makes at most: more are a column that was taken for another. */
const MOST_NEW_BATCHES = 1000

/** What the cells of an import may name. */
export interface Names {
  site: string
  profile(name: string): string | undefined
  account(name: string): string | undefined
  /** Also of a batch that is to be made; undefined when there would be too many of those. */
  batch(name: string): string | undefined
  /** for the end of a message that nothing is called so: what was meant, or the first few names that there are */
  insteadOfProfile(name: string): string
  insteadOfAccount(name: string): string
  newBatches(): { id: string; name: string }[]
}

const some = (names: string[]) =>
  names.length === 0
    ? 'none'
    : `${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`

/** For so many wrong names of a file the right one is looked for; a file can have a million. */
const MOST_MEANT = 100

function insteadOf(names: string[]): (name: string) => string {
  const found = new Map<string, string>()
  const all = `there are: ${some(names)}`
  return (name) => {
    const before = found.get(name)
    if (before !== undefined || found.size === MOST_MEANT) return before ?? all
    const meant = nearest(name, names)
    const text = meant === null ? all : `did you mean ${meant}?`
    found.set(name, text)
    return text
  }
}

/** What the registry knows by name, and the batches that a file brings along. */
export function namesOf(known: ImportReferences): Names {
  const made = new Map<string, string>()
  return {
    site: known.siteName,
    profile: (name) => known.profiles.get(name),
    account: (name) => known.accounts.get(name),
    batch(name) {
      const id = known.batches.get(name) ?? made.get(name)
      if (id || made.size === MOST_NEW_BATCHES) return id
      const fresh = newId()
      made.set(name, fresh)
      return fresh
    },
    insteadOfProfile: insteadOf(known.profileNames),
    insteadOfAccount: insteadOf(known.accountNames),
    newBatches: () => [...made].map(([name, id]) => ({ id, name })),
  }
}
