/** Bounds of what an operator may keep free, in bytes. */
export const LEAST_KEPT_FREE = 64e6
export const MOST_KEPT_FREE = 1e12

/**
 * PURE: bytes of a file system that images leave to the registry and everybody else: as given, else 5 % of it, at least
 * 256 MB (a few segments of PostgreSQL's log) and at most 1 GB.
 */
export const keptFree = (size: number, given: number | null): number =>
  given ?? Math.min(1e9, Math.max(256e6, Math.floor(size / 20)))
