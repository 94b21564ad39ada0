/** A Map of at most so many entries: what is set is the newest, in order too, and beyond the number the oldest go. */
export class NewestMap<K, V> extends Map<K, V> {
  readonly #most: number

  constructor(most: number) {
    super()
    this.#most = most
  }

  override set(key: K, value: V): this {
    this.delete(key)
    super.set(key, value)
    const [oldest] = this.keys()
    if (this.size > this.#most) this.delete(oldest as K)
    return this
  }
}
