/** Counts events by key in windows of a second. Holds at most `keys` keys; the one seen first goes first. */
export class RateLimit {
  readonly #perSecond: number
  readonly #keys: number
  readonly #windows = new Map<string, { start: number; count: number }>()

  constructor(perSecond: number, keys: number) {
    this.#perSecond = perSecond
    this.#keys = keys
  }

  /** Whether one more event of this key may pass at `now` (milliseconds of any steady clock). */
  allow(key: string, now: number): boolean {
    const window = this.#windows.get(key)
    if (window && now - window.start < 1000) {
      window.count += 1
      return window.count <= this.#perSecond
    }
    this.#windows.delete(key)
    if (this.#windows.size >= this.#keys) {
      const oldest = this.#windows.keys().next()
      if (!oldest.done) this.#windows.delete(oldest.value)
    }
    this.#windows.set(key, { start: now, count: 1 })
    return this.#perSecond >= 1
  }

  /** How many keys are held; for the test that it stays bounded. */
  get size(): number {
    return this.#windows.size
  }
}
