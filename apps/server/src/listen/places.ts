/** What a connection is doing: it never sent a whole request; it waits for its next; one of its requests is answered. */
type Doing = 'silent' | 'idle' | 'busy'

/** One connection. */
export interface Place {
  readonly address: string
  /** it came when nobody could give way: it is told so, and to come again */
  readonly turnedAway: boolean
  /** ends the connection */
  readonly end: () => void
  doing: Doing
  /** requests of it that are being answered */
  answers: number
}

export interface PlaceLimits {
  connections: number
  /** of these for one address */
  perAddress: number
}

/** Connections kept beyond the limits while they are refused with words. */
const TURNED_AWAY = 64

/** Connections by what they are doing; of each kind the one that has done it for longest is the first. */
class Room {
  readonly silent = new Set<Place>()
  readonly idle = new Set<Place>()
  readonly busy = new Set<Place>()

  get size(): number {
    return this.silent.size + this.idle.size + this.busy.size
  }
}

/**
 * Who has a place among the connections of a listener. When one more has no place, for its address or in all, a
 * connection that never sent a whole request gives way first, then one that waits for its next. An answer under way is
 * broken off only when answers take all places, and for an address that has fewer than the one that has most: whoever
 * holds many keeps nobody else out.
 */
export class Places {
  readonly #limits: PlaceLimits
  readonly #onFull: (what: 'gaveWay' | 'refused') => void
  readonly #all = new Room()
  readonly #byAddress = new Map<string, Room>()
  readonly #turnedAway = new Set<Place>()

  /** @param onFull hears of each connection that gave way, and of each that was turned away */
  constructor(limits: PlaceLimits, onFull: (what: 'gaveWay' | 'refused') => void) {
    this.#limits = limits
    this.#onFull = onFull
  }

  /** Connections that are there, those that are turned away included. */
  get size(): number {
    return this.#all.size + this.#turnedAway.size
  }

  /** One more connection of an address. `end` closes it, and may call `leave` at once or later. */
  enter(address: string, end: () => void): Place {
    const own = this.#byAddress.get(address) ?? new Room()
    const full =
      own.size >= this.#limits.perAddress ? own : this.#all.size >= this.#limits.connections ? this.#all : null
    const leaves = full && (first(full.silent) ?? first(full.idle) ?? (full === own ? undefined : this.#ofMost(own)))
    if (leaves) {
      this.leave(leaves)
      this.#onFull('gaveWay')
      leaves.end()
    }
    const place: Place = { address, turnedAway: full !== null && !leaves, end, doing: 'silent', answers: 0 }
    if (place.turnedAway) this.#turnAway(place)
    else this.#put(place, 'silent')
    return place
  }

  /** A whole request of it is there. */
  begins(place: Place): void {
    place.answers++
    if (this.#all[place.doing].has(place)) this.#put(place, 'busy')
  }

  /** One of its requests has been answered, or was broken off. */
  ends(place: Place): void {
    place.answers--
    if (place.answers === 0 && this.#all.busy.has(place)) this.#put(place, 'idle')
  }

  /** It is closed. Nothing happens when it has left before. */
  leave(place: Place): void {
    const own = this.#byAddress.get(place.address)
    this.#turnedAway.delete(place)
    this.#all[place.doing].delete(place)
    own?.[place.doing].delete(place)
    if (own?.size === 0) this.#byAddress.delete(place.address)
  }

  #put(place: Place, doing: Doing): void {
    this.leave(place)
    const own = this.#byAddress.get(place.address) ?? new Room()
    this.#byAddress.set(place.address, own)
    place.doing = doing
    own[doing].add(place)
    this.#all[doing].add(place)
  }

  /** The answer that has been under way for longest at the address with most connections, if that has more than `own`. */
  #ofMost(own: Room): Place | undefined {
    let most = own
    for (const room of this.#byAddress.values()) if (room.size > most.size) most = room
    return most.size > own.size + 1 ? first(most.busy) : undefined
  }

  #turnAway(place: Place): void {
    this.#onFull('refused')
    this.#turnedAway.add(place)
    const oldest = first(this.#turnedAway)
    if (this.#turnedAway.size <= TURNED_AWAY || !oldest) return
    this.#turnedAway.delete(oldest)
    oldest.end()
  }
}

const first = (places: Set<Place>): Place | undefined => places.values().next().value
