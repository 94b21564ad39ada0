import type { Db } from '../database/database.ts'
import { MOST_IMPORTS, tooOldToUndo } from '../imports/history.ts'
import type { Swept } from './passes.ts'

/** So many rows go in one transaction. */
const NODES_AT_ONCE = 5000
const IMPORTS_AT_ONCE = 500

const sweptOf = (rows: number, most: number): Swept => ({ cursor: rows < most ? null : '', rows, bytes: 0, upTo: 0n })

/**
 * Drops what nodes were before imports that can be undone no more: of the oldest first ones beyond a number of imports and
 * of nodes, of those begun before `before` (ms since 1970), and of those that were undone. One that is just being undone
 * is left for the next time.
 */
export async function dropUndoData(tx: Db, before: number): Promise<Swept> {
  await tx.$executeRaw`
    update import set undo_dropped_at = clock_timestamp() where id in (
      select id from import where id in (${tooOldToUndo(new Date(before))}) for update skip locked)`
  const rows = await tx.$executeRaw`
    delete from import_node where ctid = any(array(
      select p.ctid from import_node p join import i on i.id = p.import_id
       where i.undo_dropped_at is not null limit ${NODES_AT_ONCE}::bigint))`
  return sweptOf(rows, NODES_AT_ONCE)
}

/** Drops imports of the history that were begun before `before` (ms since 1970), and the oldest beyond a number; not such that can be undone. */
export async function dropImports(tx: Db, before: number): Promise<Swept> {
  const rows = await tx.$executeRaw`
    delete from import where id in (
      select id from import i
       where (i.started_at < ${new Date(before)}::timestamptz
              or (i.started_at, i.id) <= (select x.started_at, x.id from import x
                                           order by x.started_at desc, x.id desc offset ${MOST_IMPORTS}::bigint limit 1))
         and i.state <> 'running' and not exists (select 1 from import_node p where p.import_id = i.id)
       order by i.started_at limit ${IMPORTS_AT_ONCE}::bigint for update skip locked)`
  return sweptOf(rows, IMPORTS_AT_ONCE)
}
