const EVERY_MS = 60_000

/**
 * For what somebody on the LAN can make happen thousands of times a second: told at once, then at most once a minute.
 * @param tell hears how often it happened since it was told last
 * @param now milliseconds of any clock
 * @returns to be called each time that it happens
 */
export function shortage(tell: (times: number) => void, now: () => number): () => void {
  let toldAt = Number.NEGATIVE_INFINITY
  let times = 0
  return () => {
    times++
    const at = now()
    // A clock that was set back must not silence it.
    if (at - toldAt < EVERY_MS && at >= toldAt) return
    toldAt = at
    tell(times)
    times = 0
  }
}
