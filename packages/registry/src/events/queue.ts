import type { NewEvent } from '@eims/contracts'

/** An event that waits to be written, perhaps for several sightings. Times in milliseconds since 1970. */
export interface PendingEvent extends NewEvent {
  at: number
  lastAt: number
  count: number
  /** what a repeated sighting has in common; undefined for what is never merged */
  key: string | undefined
}

/** What machines repeat by themselves. The rest happens once, however alike two may look. */
const SIGHTING = /^(dhcp|tftp|boot)\./
/** The same, where it is told of a node: a machine that is refused asks again. */
const REFUSED = new Set<NewEvent['kind']>(['agent.double', 'identity.conflict', 'report.refused'])

/** Sightings of one kind, machine and message are one row; undefined for events that stand alone. */
export function mergeKey(event: NewEvent): string | undefined {
  if (!SIGHTING.test(event.kind) && !(event.nodeId && REFUSED.has(event.kind))) return undefined
  return [event.kind, event.mac ?? '', event.nodeId ?? '', event.message].join('\n')
}

/** What is given up first when the database is away: a DISCOVER will be repeated, the end of a run will not. */
const prices = ['dhcp.', 'tftp.', 'boot.', '']
const priceOf = (event: NewEvent) => prices.findIndex((prefix) => event.kind.startsWith(prefix))

/** This many sightings a second become rows that belong to no node: what anybody's packets can cause is bounded. */
const STRANGERS_PER_SECOND = 200

/**
 * This many a minute become rows on the timeline of one node: anybody can claim its name, with another MAC each time.
 */
const OF_NODE_PER_MINUTE = 120

/** A bounded queue of events: merges, and when it is full drops the oldest of the cheapest. No clock, no database. */
export class PendingEvents {
  /** events lost, since the start */
  dropped = 0
  readonly #capacity: number
  /** by price; insertion order is age */
  readonly #queues: Set<PendingEvent>[] = prices.map(() => new Set())
  readonly #byKey = new Map<string, PendingEvent>()
  #order = 0
  #second = 0
  #strangers = 0
  #minute = 0
  readonly #ofNodes = new Map<string, number>()
  readonly #orders = new WeakMap<PendingEvent, number>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.size, 0)
  }

  add(event: NewEvent & { at: number }, key: string | undefined, mergeMilliseconds: number): void {
    const same = key === undefined ? undefined : this.#byKey.get(key)
    if (same && event.at - same.lastAt <= mergeMilliseconds) {
      same.count++
      same.lastAt = Math.max(same.lastAt, event.at)
      return
    }
    if (key !== undefined && (event.nodeId ? this.#isFloodOf(event.nodeId, event.at) : this.#isFlood(event.at))) {
      this.dropped++
      return
    }
    this.#push({ ...event, lastAt: event.at, count: 1, key }, this.#order++)
  }

  #isFlood(at: number): boolean {
    const second = Math.floor(at / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#strangers = 0
    }
    return ++this.#strangers > STRANGERS_PER_SECOND
  }

  #isFloodOf(nodeId: string, at: number): boolean {
    const minute = Math.floor(at / 60_000)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#ofNodes.clear()
    }
    const count = (this.#ofNodes.get(nodeId) ?? 0) + 1
    this.#ofNodes.set(nodeId, count)
    return count > OF_NODE_PER_MINUTE
  }

  /** Everything, oldest first; the queue is empty afterwards. */
  take(): PendingEvent[] {
    const all = this.#queues.flatMap((queue) => [...queue])
    for (const queue of this.#queues) queue.clear()
    this.#byKey.clear()
    return all.sort((a, b) => this.#orders.get(a)! - this.#orders.get(b)!)
  }

  /** What could not be written; it is older than everything that came meanwhile. */
  putBack(events: PendingEvent[]): void {
    const newer = this.take()
    for (const event of [...events, ...newer]) this.#push(event, this.#orders.get(event)!)
  }

  #push(event: PendingEvent, order: number): void {
    const price = priceOf(event)
    if (this.size >= this.#capacity) {
      const cheapest = this.#queues.findIndex((queue) => queue.size > 0)
      if (cheapest === -1 || cheapest > price) {
        this.dropped += event.count
        return
      }
      this.#drop(this.#queues[cheapest]!)
    }
    this.#orders.set(event, order)
    this.#queues[price]!.add(event)
    if (event.key !== undefined) this.#byKey.set(event.key, event)
  }

  #drop(queue: Set<PendingEvent>): void {
    const [oldest] = queue
    if (!oldest) return
    queue.delete(oldest)
    if (oldest.key !== undefined && this.#byKey.get(oldest.key) === oldest) this.#byKey.delete(oldest.key)
    this.dropped += oldest.count
  }
}
