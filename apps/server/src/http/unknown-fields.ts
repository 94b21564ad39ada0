import { nearest, ProblemError } from '@eims/contracts'
import type { ZodObject } from 'zod'

/**
 * PURE: a parameter that nobody reads is refused: with `dryrun` for `dryRun` an import would be done in earnest.
 * @param part of the request, as errors name it
 * @returns null when the schema knows all of them
 */
export function unknownIn(schema: ZodObject, data: unknown, part: 'query' | 'body'): ProblemError | null {
  const known = Object.keys(schema.shape)
  const fields = Object.keys((data ?? {}) as object)
    .filter((name) => !Object.hasOwn(schema.shape, name))
    .map((name) => {
      const meant = nearest(name, known)
      const others = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'
      return {
        path: `${part}.${name}`,
        message: `is no parameter of this route; ${meant ? `did you mean ${meant}?` : others}`,
      }
    })
  const [first] = fields
  return first ? new ProblemError('invalid-input', `${first.path} ${first.message}`, fields) : null
}
