import type { PoolClient } from 'pg'
import { differenceRows } from './action.ts'
import { hitRows } from './check.ts'

/** PostgreSQL's word for it, too: serialization failure. */
export const CROSSED = '40001'

/** Name of the advisory lock of whoever imports, undoes an import or applies files: one of the site at a time. */
export const IMPORT_LOCK = 'eims import'

/**
 * Makes this transaction the only one that imports.
 * @param onWait hears that another one does
 */
export async function takeTurn(client: PoolClient, onWait: () => void): Promise<void> {
  const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_xact_lock(hashtext($1)) as free', [
    IMPORT_LOCK,
  ])
  if (rows[0]?.free) return
  onWait()
  await client.query('select pg_advisory_xact_lock(hashtext($1))', [IMPORT_LOCK])
}

const changing = `select row, node_id from import_row where action in ('update', 'take-over')`

/** Events of these nodes may be written meanwhile; changes of them wait. */
const lock = `
  select id from node where id in (select node_id from (${changing}) c) order by id for no key update`

/** Rows that would be judged otherwise by what the registry holds now. */
const judgedOtherwise = `
  with changing as materialized (${changing}),
  hits as (${hitRows('i.row in (select row from changing)')}),
  known_hits as (select h.row, h.kind, h.node_id from import_hit h join changing using (row)),
  differences as (select d.* from (${differenceRows}) d join changing using (row)),
  known as (select d.row, d.registered, d.fields from import_difference d join changing using (row))
  select row from ((table hits except table known_hits) union all (table known_hits except table hits)) h
  union select row from ((table differences except table known) union all (table known except table differences)) d
  limit 1`

/**
 * Takes the nodes that the import is going to change, for the rest of its transaction.
 * @throws an error with the code CROSSED when one of them was changed since it was judged
 */
export async function lockChangedNodes(client: PoolClient): Promise<void> {
  await client.query(lock)
  const { rowCount } = await client.query(judgedOtherwise)
  if (rowCount) throw crossed()
}

/** What was judged is no longer what is there. */
export const crossed = (): Error =>
  Object.assign(new Error('nodes were changed while an import judged them'), { code: CROSSED })
