import type { Db } from '../database/database.ts'
import type { Fields } from '../filter/fields.ts'
import { nodeFields, type Waiting, waitingField } from '../filter/node-fields.ts'
import { asksFor, filterWhere, restWhere } from '../filter/where.ts'
import type { Prisma } from '../generated/client.ts'

/** What nodes wait for, as the codes of reasons, of those at least that meet a condition on the row `n`. */
export type WaitingReader = (db: Db, among: Prisma.Sql) => Promise<Waiting>

/**
 * The fields of a filter on nodes. What a node waits for is judged and never stored, so nothing of it can be stale; a
 * filter that asks for it is asked about the nodes that the judge named just before, and he about those alone that the rest
 * of the filter lets through.
 * @throws ProblemError invalid-input for a filter that cannot be read
 */
export async function fieldsFor(db: Db, filter = '', waitingOf?: WaitingReader, path?: string): Promise<Fields> {
  filterWhere(filter, nodeFields, path)
  if (!waitingOf || !asksFor(filter, 'waiting')) return nodeFields
  const among = restWhere(filter, 'waiting', nodeFields)
  return { ...nodeFields, fields: { ...nodeFields.fields, waiting: waitingField(await waitingOf(db, among), among) } }
}
