/** What is known when a value was shown. Times in milliseconds. */
interface Shown {
  /** something that concerns it has happened since it was read */
  told: boolean
  /** whether that would be told at present */
  listening: boolean
  /** how long ago it was last seen to change */
  sinceMoved: number
  /** how long it took to read it */
  took: number
}

/** A person notices nothing faster, and what is redrawn more often flickers. */
const SHORTEST_MS = 500
const POLL_MS = 2000
/** What changes without an event of its own, such as how often a machine was heard, may be shown this late. */
const AT_REST_MS = 10_000

/**
 * PURE: how long a value may stand until it is read again. What moves by itself (the progress of a write, a duration)
 * goes on being read while it moves; a server that takes long to answer is asked a third of the time at most.
 */
export function restFor({ told, listening, sinceMoved, took }: Shown): number {
  const wanted = told ? SHORTEST_MS : listening && sinceMoved > AT_REST_MS ? AT_REST_MS : POLL_MS
  return Math.max(wanted, 2 * took)
}
