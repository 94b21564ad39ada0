export interface TurnLimits {
  /** work under way at the same time */
  atOnce: number
  /** who waits for a turn, in all and of one key */
  waiting: number
  waitingPerKey: number
  /** milliseconds that one waits for its turn, at most */
  patience: number
}

interface Waiter {
  /** whether it has its turn; false: it waited too long, or another took its place */
  readonly decide: (mayGo: boolean) => void
  /** whether nobody waits for the outcome any more */
  readonly isGone: () => boolean
}

/**
 * Limits how much is done at once; what waits takes turns by key, so that a key with hundreds waiting holds up another
 * by one piece of work, not by hundreds.
 */
export class Turns {
  readonly #limits: TurnLimits
  #underWay = 0
  #waiting = 0
  /** the key whose turn is next is the first */
  readonly #byKey = new Map<string, Waiter[]>()

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting
  }

  /**
   * Does the work when it is this key's turn; `null` when there is no turn for it: too many wait, or it has waited too
   * long. Rejects with what the work rejects with.
   * @param isGone whether nobody waits for the outcome any more; work not yet begun is left undone then (null)
   */
  async take<T>(key: string, work: () => Promise<T>, isGone: () => boolean = () => false): Promise<T | null> {
    if (this.#underWay < this.#limits.atOnce) this.#underWay++
    else if (!(await this.#turn(key, isGone))) return null
    try {
      return await work()
    } finally {
      this.#underWay--
      this.#next()
    }
  }

  #turn(key: string, isGone: () => boolean): Promise<boolean> {
    const own = this.#byKey.get(key) ?? []
    const { waiting, waitingPerKey, patience } = this.#limits
    if (own.length >= waitingPerKey) return Promise.resolve(false)
    if (this.#waiting >= waiting && !this.#displace(own.length)) return Promise.resolve(false)
    return new Promise((resolve) => {
      const waiter = { decide, isGone }
      const timer = setTimeout(() => {
        this.#remove(key, waiter)
        decide(false)
      }, patience)
      function decide(mayGo: boolean) {
        clearTimeout(timer)
        resolve(mayGo)
      }
      this.#waiting++
      own.push(waiter)
      this.#byKey.set(key, own)
    })
  }

  /** Takes the place of the last that waits of the key with most, if that has more than `own` and one more. */
  #displace(own: number): boolean {
    let most: string | undefined
    let length = own + 1
    for (const [key, { length: has }] of this.#byKey) {
      if (has <= length) continue
      most = key
      length = has
    }
    const last = most === undefined ? undefined : this.#byKey.get(most)?.at(-1)
    if (most === undefined || !last) return false
    this.#remove(most, last)
    last.decide(false)
    return true
  }

  #next(): void {
    while (this.#underWay < this.#limits.atOnce) {
      const [next] = this.#byKey
      const [key, [waiter] = []] = next ?? []
      if (key === undefined || !waiter) return
      this.#remove(key, waiter)
      const left = this.#byKey.get(key)
      this.#byKey.delete(key)
      if (left) this.#byKey.set(key, left)
      if (waiter.isGone()) waiter.decide(false)
      else {
        this.#underWay++
        waiter.decide(true)
      }
    }
  }

  #remove(key: string, waiter: Waiter): void {
    const waiters = this.#byKey.get(key) ?? []
    const at = waiters.indexOf(waiter)
    if (at < 0) return
    waiters.splice(at, 1)
    this.#waiting--
    if (waiters.length === 0) this.#byKey.delete(key)
  }
}
