import { ProblemError } from '@eims/contracts'

/** No body of ours nests deeper; PostgreSQL and JSON.stringify end with an error of their own far beyond. */
const DEEPEST = 64

/**
 * PURE: parsed JSON with every text made one that PostgreSQL can hold. NUL, which its text and jsonb refuse, and half
 * a surrogate pair become U+FFFD: firmware fills SMBIOS with both.
 * Throws invalid-input for values that are nested too deeply.
 */
export function storable(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) throw new ProblemError('invalid-input', `the values are nested deeper than ${DEEPEST} levels`)
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').toWellFormed()
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storable(key) as string, storable(item, depth + 1)]),
  )
}
