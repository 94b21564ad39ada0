const KIB = 1024
const MIB = 1024 * KIB

/** Bytes of the first part of a file, of which nothing is known yet. */
export const FIRST_PART = MIB
/** So little that a line of 100 kbit/s has it there in time, and so much that the server's disk is not asked for nothing. */
const LEAST = 256 * KIB
/** It is held in memory, and sent again when the connection breaks. */
const MOST = 32 * MIB

/**
 * PURE: bytes of the next part, so that it takes about a second: often enough for figures that move, and as much as a fast
 * line needs to be busy.
 * @param bytes that the last one had @param milliseconds that it took
 */
export function nextPart(bytes: number, milliseconds: number): number {
  const inSecond = (bytes / Math.max(1, milliseconds)) * 1000
  return Math.round(Math.min(MOST, bytes * 4, Math.max(LEAST, inSecond)))
}

/** PURE: seconds until the rest of a file is there; null: nobody can tell. @param rate bytes a second */
export const secondsLeft = (left: number, rate: number | null): number | null =>
  rate === null || rate <= 0 ? null : Math.ceil(left / rate)
