import { NewestMap } from '../newest-map.ts'

export interface AllowanceLimits {
  /** so many at once by one key */
  burst: number
  /** and so many a second from then on */
  perSecond: number
  /** keys that are remembered; the one not heard of for longest is forgotten first */
  keys: number
}

/** How often each key may do something: a burst, and then a rate (a token bucket for each). No clock of its own. */
export class Allowance {
  readonly #limits: AllowanceLimits
  readonly #byKey: NewestMap<string, { left: number; at: number }>

  constructor(limits: AllowanceLimits) {
    this.#limits = limits
    this.#byKey = new NewestMap(limits.keys)
  }

  /** Keys that are remembered; for the test that they are bounded. */
  get size(): number {
    return this.#byKey.size
  }

  /**
   * Takes one of a key's allowance at `now` (milliseconds).
   * @returns 0 when it was there; else the seconds, rounded up, after which there is one
   */
  take(key: string, now: number): number {
    const { burst, perSecond } = this.#limits
    const known = this.#byKey.get(key)
    const gained = known ? (Math.max(0, now - known.at) * perSecond) / 1000 : burst
    const there = Math.min(burst, (known?.left ?? 0) + gained)
    const left = there >= 1 ? there - 1 : there
    this.#byKey.set(key, { left, at: now })
    return there >= 1 ? 0 : Math.ceil((1 - there) / perSecond)
  }
}
