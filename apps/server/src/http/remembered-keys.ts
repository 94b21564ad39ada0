import { ProblemError, type Role } from '@eims/contracts'
import { hashSecret, isDatabaseDown } from '@eims/registry'
import { inTime } from '../in-time.ts'
import { NewestMap } from '../newest-map.ts'

/** Whose a key or a browser's session is. */
export interface Key {
  id: string
  name: string
  role: Role
  /** of a browser's session */
  endsAt?: Date
}

/** Milliseconds for which the database may be silent over a key. */
const PATIENCE_MS = 750
/** Milliseconds since the database last knew a key, after which it opens nothing without the database. */
const REMEMBERED_MS = 3600_000
const MOST = 64

/**
 * Keys that were good a while ago, for what must be told while the database is silent. In memory by their hash; what was
 * revoked meanwhile opens that one thing for an hour at most.
 */
export class RememberedKeys {
  readonly #known = new NewestMap<string, { key: Key; at: number }>(MOST)
  readonly #now: () => number

  /** @param now milliseconds; any clock that runs on */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Whose key it is, by the database, or from memory when that does not answer in time.
   * @throws ProblemError database-down when nobody knows
   */
  async find(text: string, ask: () => Promise<Key | null>): Promise<Key | null> {
    const hash = hashSecret(text)
    const asked = ask().then((key) => {
      if (key) this.#known.set(hash, { key, at: this.#now() })
      else this.#known.delete(hash)
      return { key }
    })
    const answer = await inTime(
      asked.catch((error: unknown) => {
        if (isDatabaseDown(error)) return null
        throw error
      }),
      PATIENCE_MS,
      null,
    )
    if (answer) return answer.key
    const known = this.#known.get(hash)
    if (known && this.#now() - known.at < REMEMBERED_MS) return known.key
    throw new ProblemError('database-down', 'the database does not answer, and this key is not known without it')
  }
}
