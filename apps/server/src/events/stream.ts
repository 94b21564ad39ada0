import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type Db, type EventFilter, eventsBetween, eventsDroppedTo } from '@eims/registry'
import type { EventFeed } from './feed.ts'
import { aliveAt, droppedAfter, messageOf } from './message.ts'

export interface StreamLimits {
  /** events read at once: what is in memory for one client */
  batch: number
  /** milliseconds between two signs of life */
  heartbeat: number
  /** milliseconds for which a client may take nothing */
  patience: number
}

export const STREAM_LIMITS: StreamLimits = { batch: 200, heartbeat: 15_000, patience: 60_000 }

interface Following {
  db: Db
  feed: EventFeed
  filter: EventFilter
  /** undefined: from now on */
  after: bigint | undefined
  /** asked with each sign of life: whether the caller may still listen */
  mayGoOn: () => Promise<boolean>
  limits: StreamLimits
}

/**
 * Writes events to a client until it leaves. The database is its buffer: only when it has taken one batch is the next
 * one read, so a slow client costs no memory and misses nothing.
 */
export async function streamEvents(response: ServerResponse, following: Following): Promise<void> {
  const { db, feed, filter, mayGoOn, limits } = following
  const left = new AbortController()
  response.once('close', () => left.abort())
  let horizon: bigint | undefined
  let wake = () => {}
  using _ = feed.follow((reached) => {
    horizon = reached
    wake()
  })
  let cursor = following.after
  let heardAt = performance.now()
  let toldOfDrops = 0n
  while (!left.signal.aborted) {
    if (horizon !== undefined) cursor ??= horizon
    if (horizon !== undefined && cursor !== undefined && cursor < horizon) {
      const upTo = horizon
      const after = cursor
      const events = await eventsBetween(db, { after, upTo, limit: limits.batch }, filter)
      // Asked after the events: what was dropped while they were read counts.
      const gone = await eventsDroppedTo(db)
      if (gone > after && gone > toldOfDrops) {
        toldOfDrops = gone
        if (!(await taken(response, messageOf(droppedAfter(after, gone, new Date())), left.signal, limits.patience)))
          return
      }
      cursor = events.length < limits.batch ? upTo : BigInt(events.at(-1)!.id)
      if (events.length === 0) continue
      heardAt = performance.now()
      if (!(await taken(response, events.map(messageOf).join(''), left.signal, limits.patience))) return
      continue
    }
    const wait = heardAt + limits.heartbeat - performance.now()
    if (wait > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        left.signal.addEventListener('abort', wake, { once: true })
      })
      left.signal.removeEventListener('abort', wake)
      continue
    }
    if (!(await mayGoOn())) return
    heardAt = performance.now()
    if (!(await taken(response, aliveAt(cursor ?? 0n), left.signal, limits.patience))) return
  }
}

/** Whether the client took it, in time. */
async function taken(response: ServerResponse, text: string, left: AbortSignal, patience: number): Promise<boolean> {
  if (response.write(text)) return true
  const signal = AbortSignal.any([left, AbortSignal.timeout(patience)])
  return once(response, 'drain', { signal }).then(
    () => true,
    () => false,
  )
}
