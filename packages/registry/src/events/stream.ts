import type { Event } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { EVENT_COLUMNS, type EventRow, eventOfRow } from './events.ts'

/** How far numbers have been given out, and which transactions were under way then. */
export interface EventMark {
  /** no event has a higher id */
  id: bigint
  /** every transaction that has begun to write has a number below */
  next: bigint
  /** every transaction with a number below has ended */
  ended: bigint
}

/**
 * Where the events stand now; one cheap statement. A snapshot's xmax is one above the highest transaction that has
 * ended, so those that are under way beyond it are found by the lock that each holds on its own number, of which
 * pg_locks shows the lower 32 bits.
 */
export async function eventMark(db: Db): Promise<EventMark> {
  const rows = await db.$queryRaw<EventMark[]>`
    select (select case when is_called then last_value else 0 end from event_id_seq) as id,
           xmax + coalesce((select max(beyond) + 1
                              from (select (transactionid::text::bigint - xmax + (1::bigint << 62)) % (1::bigint << 32) as beyond
                                      from pg_locks where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted) as held
                             where beyond < 1::bigint << 31), 0) as next,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint as ended
      from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xmax) as seen`
  return rows[0]!
}

export interface EventFilter {
  /** a node's id */
  node?: string | undefined
  /** a batch's id */
  batch?: string | undefined
  /** `run.ended`, or `run.*` for all that begin so; none: every kind */
  kinds?: string[] | undefined
  /** kinds that are not shown, whatever was asked for */
  hidden?: string[] | undefined
}

/**
 * Events with `after` < id <= `upTo`, in the order of their ids. An import writes one for each of its machines, which
 * belongs to that machine's timeline: here its `import.done`, or `import.undone`, stands for them, unless one machine was
 * asked for.
 */
export async function eventsBetween(
  db: Db,
  { after, upTo, limit }: { after: bigint; upTo: bigint; limit: number },
  { node, batch, kinds, hidden = [] }: EventFilter,
): Promise<Event[]> {
  const conditions = [Prisma.sql`e.id > ${after} and e.id <= ${upTo}`]
  conditions.push(node === undefined ? Prisma.sql`e.data ->> 'import' is null` : Prisma.sql`e.node_id = ${node}`)
  if (batch !== undefined)
    conditions.push(
      Prisma.sql`(e.node_id in (select n.id from node n where n.batch_id = ${batch})
                  or e.kind = 'node.deleted' and e.data ->> 'batchId' = ${batch}
                  or e.kind like 'batch.%' and e.data ->> 'id' = ${batch}
                  or e.kind in ('import.done', 'import.undone') and (exists (
                    select 1 from node n join event i on i.node_id = n.id
                     where n.batch_id = ${batch} and i.id < e.id and i.data ->> 'import' = e.data ->> 'id')
                    or exists (select 1 from event i where i.kind = 'node.deleted' and i.id < e.id
                       and i.data ->> 'batchId' = ${batch} and i.data ->> 'import' = e.data ->> 'id')))`,
    )
  if (kinds !== undefined)
    conditions.push(Prisma.sql`e.kind like any (${kinds.map((kind) => kind.replace(/\*$/, '%'))}::text[])`)
  if (hidden.length > 0) conditions.push(Prisma.sql`e.kind <> all (${hidden}::text[])`)
  const rows = await db.$queryRaw<EventRow[]>`
    select ${EVENT_COLUMNS} from event e where ${Prisma.join(conditions, ' and ')} order by e.id limit ${limit}::bigint`
  return rows.map(eventOfRow)
}
