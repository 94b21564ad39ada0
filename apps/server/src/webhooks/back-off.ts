const FIRST_MS = 5000
const MOST_MS = 3600_000

/**
 * PURE: milliseconds until a delivery is tried again: twice as long each time, from 5 s to an hour, and up to a third less
 * at random, so that receivers that went down together are not asked together.
 * @param attempts how many failed in a row; 1 or more
 * @param random   at least 0 and below 1
 */
export function backOff(attempts: number, random: number): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(20, attempts - 1))
  return Math.round(whole * (1 - random / 3))
}
