import { setTimeout as pause } from 'node:timers/promises'

/** How a call that failed is spaced from the next try; milliseconds. */
export interface BackOff {
  first: number
  cap: number
  random: () => number
}

export const calm: BackOff = { first: 250, cap: 5000, random: Math.random }

/**
 * Milliseconds to wait after `failures` failures in a row (from 1): doubled each time up to the cap, then
 * cut by up to a half, so that fifty machines do not come back in the same instant.
 */
export function delay(failures: number, { first, cap, random }: BackOff): number {
  const full = Math.min(cap, first * 2 ** Math.min(failures - 1, 16))
  return full / 2 + (full / 2) * random()
}

/** Waits; rejects at once when `signal` aborts. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal })
}
