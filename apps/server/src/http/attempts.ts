import { NewestMap } from '../newest-map.ts'

/** What a wrong key costs whoever sends it. Times in milliseconds. */
export interface AttemptLimits {
  /** wrong keys from one address that are answered at once */
  free: number
  /** the first delay; each further wrong key doubles it */
  firstDelay: number
  longestDelay: number
  /** from so many on there is no delay any more but a refusal */
  refused: number
  /** without a wrong key for so long an address begins anew */
  forgotten: number
  /** addresses that are remembered */
  addresses: number
  /** answers of one address that may be held back at the same time */
  waiting: number
}

export const ATTEMPT_LIMITS: AttemptLimits = {
  free: 3,
  firstDelay: 250,
  longestDelay: 4000,
  refused: 20,
  forgotten: 300_000,
  addresses: 10_000,
  waiting: 8,
}

type Penalty = { kind: 'delay'; milliseconds: number } | { kind: 'refuse'; retryAfterSeconds: number }

/**
 * Counts wrong keys by address; no clock of its own. Only failures are counted and only failures are held back: behind
 * one address there may be a whole site, and a right key has 256 random bits, so nobody comes by one in between.
 */
export class FailedAttempts {
  readonly #limits: AttemptLimits
  /** the one that failed last is the last */
  readonly #byAddress: NewestMap<string, { count: number; at: number; waiting: number }>

  constructor(limits: AttemptLimits = ATTEMPT_LIMITS) {
    this.#limits = limits
    this.#byAddress = new NewestMap(limits.addresses)
  }

  get size(): number {
    return this.#byAddress.size
  }

  /** A wrong key came from there: what is to be done to the answer. After a delay call `waited`. */
  note(address: string, now: number): Penalty {
    const { free, firstDelay, longestDelay, refused, forgotten, waiting } = this.#limits
    const network = networkOf(address)
    const known = this.#byAddress.get(network)
    const entry = known && now - known.at < forgotten ? known : { count: 0, at: now, waiting: known?.waiting ?? 0 }
    this.#byAddress.set(network, entry)
    entry.count = Math.min(entry.count + 1, refused + 1)
    entry.at = now
    const milliseconds = entry.count <= free ? 0 : Math.min(firstDelay * 2 ** (entry.count - free - 1), longestDelay)
    if (entry.count > refused || entry.waiting >= waiting)
      return { kind: 'refuse', retryAfterSeconds: Math.ceil((entry.count > refused ? forgotten : longestDelay) / 1000) }
    entry.waiting++
    return { kind: 'delay', milliseconds }
  }

  /** A delay is over. */
  waited(address: string): void {
    const entry = this.#byAddress.get(networkOf(address))
    if (entry) entry.waiting = Math.max(0, entry.waiting - 1)
  }
}

/** PURE: what belongs to one holder: an IPv4 address, or the /64 of an IPv6 one, which anybody gets whole. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('%')[0]!.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : []
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
