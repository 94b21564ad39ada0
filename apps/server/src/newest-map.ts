/**
 * A Map of at most that many entries: what is set becomes the newest, in order too, and the oldest go when there are
 * more.
 */
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
