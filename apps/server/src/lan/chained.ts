/**
 * Machines that fetched one of our iPXE binaries by TFTP a moment ago: a ROM iPXE and the undionly.kpxe it
 * chained to send the same DISCOVER, and only this tells them apart. A hint for one LAN segment, so it may live
 * in memory; bounded in time and number.
 */
export class RecentTransfers {
  readonly #at = new Map<string, number>()
  readonly #milliseconds: number
  readonly #capacity: number

  constructor(milliseconds = 90_000, capacity = 4096) {
    this.#milliseconds = milliseconds
    this.#capacity = capacity
  }

  /** @param mac of the client; @param now milliseconds */
  add(mac: string, now: number): void {
    this.#at.delete(mac)
    this.#at.set(mac, now)
    if (this.#at.size > this.#capacity) for (const oldest of this.#at.keys()) return void this.#at.delete(oldest)
  }

  has(mac: string, now: number): boolean {
    const at = this.#at.get(mac)
    return at !== undefined && now - at < this.#milliseconds
  }
}
