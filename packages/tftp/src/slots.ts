import type { Client } from './line.ts'

/** What a place for a transfer holds, as far as giving it up is concerned. */
export interface Occupant {
  readonly client: Client
  /** whether the client has acknowledged anything */
  acknowledged(): boolean
}

/** Why there is no place for one more: all of the server's are taken, or all of one address. */
type Full = 'server' | 'client'

/**
 * The transfers that have a place, in the order in which they came, counted by address as well. A client that never
 * acknowledged anything may not even be there (its address may be made up), so its place is the first to be given up.
 */
export class Slots<S extends Occupant> {
  readonly #most: number
  readonly #perAddress: number
  readonly #all = new Set<S>()
  readonly #byAddress = new Map<string, Set<S>>()
  /** whoever acknowledged something leaves it when it is looked at: once for each transfer, not once for each request */
  readonly #halfOpen = new Set<S>()

  constructor({ most, perAddress }: { most: number; perAddress: number }) {
    this.#most = most
    this.#perAddress = perAddress
  }

  get size(): number {
    return this.#all.size
  }

  [Symbol.iterator](): Iterator<S> {
    return this.#all.values()
  }

  /** Whose places are all taken, when one more of this address comes; null: there is room. */
  full(address: string): Full | null {
    if ((this.#byAddress.get(address)?.size ?? 0) >= this.#perAddress) return 'client'
    return this.#all.size >= this.#most ? 'server' : null
  }

  /** The oldest that never acknowledged anything, of this address or of all; null when all of them have. */
  oldestHalfOpen(address: string, of: Full): S | null {
    for (const slot of (of === 'client' ? this.#byAddress.get(address) : this.#halfOpen) ?? []) {
      if (!slot.acknowledged()) return slot
      this.#halfOpen.delete(slot)
    }
    return null
  }

  add(slot: S): void {
    const { address } = slot.client
    const ofAddress = this.#byAddress.get(address) ?? new Set()
    this.#byAddress.set(address, ofAddress.add(slot))
    this.#all.add(slot)
    this.#halfOpen.add(slot)
  }

  /** Nothing happens when it is not there any more. */
  delete(slot: S): void {
    const { address } = slot.client
    const ofAddress = this.#byAddress.get(address)
    ofAddress?.delete(slot)
    if (ofAddress?.size === 0) this.#byAddress.delete(address)
    this.#all.delete(slot)
    this.#halfOpen.delete(slot)
  }
}
