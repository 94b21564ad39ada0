import type { ImportCounts } from '@eims/contracts'
import type { PoolClient } from 'pg'

/*
 * What undoing an import needs to know of its nodes (undo.ts), written by the import's own transaction.
 */

/** The columns of the node `n` that an import may change. */
export const columnsBefore = `
  jsonb_build_object(
    'name', n.name, 'manufacturer', n.manufacturer, 'product', n.product, 'registered', n.registered,
    'profile_id', n.profile_id, 'batch_id', n.batch_id, 'account_id', n.account_id, 'disk', n.disk,
    'metadata', n.metadata, 'updated_at', n.updated_at)`

const idsOf = (table: string) => `coalesce((select jsonb_agg(x.id) from ${table} x where x.node_id = b.node_id), '[]')`

/** A node that an import makes has the time of its transaction, in this one form of a column's default. */
const keep = `
  insert into import_node (import_id, node_id, row, kind, was, seen_at, updated_at)
  select $1, id, row, 'created', null, null, current_timestamp from import_row where action = 'create'
  union all
  select $1, b.node_id, b.row, case r.action when 'update' then 'changed' else 'taken-over' end,
         b.columns || jsonb_build_object('added', ${idsOf('import_fresh')}, 'confirmed', ${idsOf('import_confirmed')}),
         n.last_seen_at, n.updated_at
    from import_before b join import_row r using (row) join node n on n.id = b.node_id`

/** Keeps what the nodes of an import were, and by what it is seen that they were touched since. After all its changes. */
export async function keepBefore(client: PoolClient, id: string): Promise<void> {
  await client.query(keep, [id])
}

/** Notes in the history that an import has changed the registry. */
export async function noteDone(
  client: PoolClient,
  done: {
    subject: string
    actor: string
    fileName: string | null
    created: number
    updated: number
    counts: ImportCounts
  },
): Promise<void> {
  const { subject, actor, fileName, created, updated, counts } = done
  await client.query(
    `insert into import (id, actor, file_name, nodes, counts, state, committed, ended_at, events_to)
     values ($1, $2, $3, $4, $5, 'done', true, clock_timestamp(), (select max(id) from event))
     on conflict (id) do update set nodes = excluded.nodes, counts = excluded.counts, state = excluded.state,
       committed = excluded.committed, ended_at = excluded.ended_at, events_to = excluded.events_to`,
    [subject, actor, fileName, created + updated, JSON.stringify(counts)],
  )
}
