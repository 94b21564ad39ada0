import type { HeardServer } from '@eims/contracts'
import { NewestMap } from '../newest-map.ts'

/** Other DHCP servers heard on one LAN segment. Anybody can send such packets, so their number is bounded. */
export class HeardServers {
  readonly #heard: NewestMap<string, { how: HeardServer['how']; firstAt: number; lastAt: number; count: number }>

  constructor(capacity = 32) {
    this.#heard = new NewestMap(capacity)
  }

  /** @param now milliseconds since 1970 */
  add(address: string, how: HeardServer['how'], now: number): void {
    const key = `${how} ${address}`
    const known = this.#heard.get(key)
    this.#heard.set(key, { how, firstAt: known?.firstAt ?? now, lastAt: now, count: (known?.count ?? 0) + 1 })
  }

  /** The one heard last comes first. */
  list(): HeardServer[] {
    const iso = (at: number) => new Date(at).toISOString()
    return [...this.#heard]
      .map(([key, { how, firstAt, lastAt, count }]) => ({
        address: key.slice(how.length + 1),
        how,
        firstAt: iso(firstAt),
        lastAt: iso(lastAt),
        count,
      }))
      .reverse()
  }
}
