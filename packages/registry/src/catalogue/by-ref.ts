import { ProblemError } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { orMeant, type What } from './meant.ts'

/** The rows that a reference may mean: an id or a name. */
export const byRef = (ref: string) => ({ OR: [{ id: ref }, { name: ref }] })

/**
 * The row that a reference means: the one whose id it is, else the first; the name of one may be the id of another.
 * @throws ProblemError not-found, with the name that was meant
 */
export async function meantBy<Row extends { id: string }>(
  db: Db,
  ref: string,
  rows: readonly Row[],
  what: What | 'key',
): Promise<Row> {
  const row = rows.find(({ id }) => id === ref) ?? rows[0]
  if (row) return row
  const meant = what === 'key' ? '' : await orMeant(db, what, ref)
  throw new ProblemError('not-found', `There is no ${what} ${ref}${meant || '.'}`)
}
