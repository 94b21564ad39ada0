/** One look at the database's clock from this process. */
export interface Glance {
  /** what it said: ms since 1970, without the jumps that are known already */
  at: number
  /** monotonic times (ms) of this process between which it said so */
  from: number
  to: number
}

/** A jump of the database's clock that was put right. Milliseconds. */
export interface Jump {
  /** when it was, on a clock that never jumped */
  at: number
  /** how far; negative: back */
  by: number
}

/** What is less than a grace of leases harms nobody; a statement that hangs, or a slewed clock, is never that far off. */
export const JUMP_MS = 60_000

/**
 * PURE: by how many milliseconds the database's clock went further between two looks (negative: less far) than the time
 * that passed in this process; 0: by less than JUMP_MS for sure.
 */
export function jumpBetween(one: Glance, two: Glance): number {
  const went = two.at - one.at
  const [least, most] = [two.from - one.to, two.to - one.from]
  if (went - most < JUMP_MS && least - went < JUMP_MS) return 0
  return Math.round(went - (least + most) / 2)
}

/**
 * PURE: what a look at the database's clock tells.
 * @param before   this process's look before; null: this is its first one
 * @param lookedAt when any server last found that the clock agreed
 * @returns `jumped`: the clock did, by so much. `slept`: this process stood still (its virtual machine was paused), as
 *          another server went along with the clock
 */
export function judgeClock(
  before: Glance | null,
  glance: Glance,
  lookedAt: number,
): { kind: 'agrees' } | { kind: 'jumped' | 'slept'; by: number } {
  // At a start: a clock that is behind what it said before was set back. One that is ahead may be right.
  const by = before ? jumpBetween(before, glance) : glance.at < lookedAt - JUMP_MS ? glance.at - lookedAt : 0
  if (by === 0) return { kind: 'agrees' }
  const isWitnessed = Math.abs(glance.at - lookedAt) < JUMP_MS
  return { kind: before && by > 0 && isWitnessed ? 'slept' : 'jumped', by }
}

/**
 * PURE: how much older than `age` (ms) something may look by the clock and still be younger by the time that really
 * passed. Jumps forward and back within that time cancel out; after one back nothing is taken for older than it says.
 * @param now on a clock that never jumped
 */
export function forgiven(jumps: Jump[], age: number, now: number): number {
  const within = jumps.filter(({ at }) => now - at < age)
  return Math.max(
    0,
    within.reduce((sum, { by }) => sum + by, 0),
  )
}
