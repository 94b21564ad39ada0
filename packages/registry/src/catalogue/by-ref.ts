import { ProblemError } from '@eims/contracts'

/** The rows that a reference may mean: an id or a name. */
export const byRef = (ref: string) => ({ OR: [{ id: ref }, { name: ref }] })

/**
 * The row that a reference means: the one whose id it is, else the first; the name of one may be the id of another.
 * @param what `key`, for the error; @throws ProblemError not-found
 */
export function meantBy<Row extends { id: string }>(ref: string, rows: readonly Row[], what: string): Row {
  const row = rows.find(({ id }) => id === ref) ?? rows[0]
  if (!row) throw new ProblemError('not-found', `There is no ${what} ${ref}.`)
  return row
}
