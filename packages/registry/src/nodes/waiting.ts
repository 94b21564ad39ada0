import type { Db } from '../database/database.ts'
import type { Fields } from '../filter/fields.ts'
import { nodeFields, type Waiting, waitingField } from '../filter/node-fields.ts'
import { asksFor, filterWhere } from '../filter/where.ts'

/** What nodes wait for, as the codes of reasons. */
export type WaitingReader = (db: Db) => Promise<Waiting>

/**
 * The fields of a filter on nodes. What a node waits for is judged and never stored, so nothing of it can be stale; a
 * filter that asks for it is asked about the nodes that the judge named just before.
 * @throws ProblemError invalid-input for a filter that cannot be read
 */
export async function fieldsFor(db: Db, filter = '', waitingOf?: WaitingReader, path?: string): Promise<Fields> {
  filterWhere(filter, nodeFields, path)
  if (!waitingOf || !asksFor(filter, 'waiting')) return nodeFields
  return { ...nodeFields, fields: { ...nodeFields.fields, waiting: waitingField(await waitingOf(db)) } }
}
