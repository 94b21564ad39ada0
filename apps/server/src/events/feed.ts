import { type Db, type EventMark, eventMark } from '@eims/registry'
import type { Logger } from 'pino'
import { EventHorizon } from './horizon.ts'

/**
 * Tells whoever follows the events how far they may read. One look at a time for all of them, and none while nobody
 * follows.
 */
export interface EventFeed {
  /** Calls `onMove` with each new horizon, and soon with the present one, until disposed. */
  follow(onMove: (horizon: bigint) => void): Disposable
  readonly followers: number
}

/**
 * Polls instead of using LISTEN: a NOTIFY would cost every writer a lock at its commit, the feed a connection of its
 * own that no pooler may take away, and would still have to be checked against the horizon.
 * @param options.every milliseconds between two looks; an event comes after one to two of them
 */
export function openEventFeed(options: { db: Db; log: Logger; now: () => number; every?: number }): EventFeed {
  const { db, log, now, every = 500 } = options
  const followers = new Set<(horizon: bigint) => void>()
  let horizon = new EventHorizon()
  let isLooking = false
  let failing = false

  const look = async () => {
    let mark: EventMark | undefined
    try {
      mark = await eventMark(db)
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'events: cannot be read; trying on')
      failing = true
    }
    if (followers.size === 0) return stop()
    if (mark && horizon.look(mark, now())) for (const tell of followers) tell(horizon.reached!)
    setTimeout(look, every)
  }
  const stop = () => {
    isLooking = false
    // What happens while nobody looks is not in the marks.
    horizon = new EventHorizon()
  }

  return {
    follow(onMove) {
      followers.add(onMove)
      if (horizon.reached !== undefined) onMove(horizon.reached)
      if (!isLooking) setTimeout(look, 0)
      isLooking = true
      return { [Symbol.dispose]: () => void followers.delete(onMove) }
    },
    get followers() {
      return followers.size
    },
  }
}
