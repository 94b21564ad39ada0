import type { Event } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { EVENT_COLUMNS, type EventRow, eventOfRow } from './events.ts'

/** How far ids have been given out, and who may still write one of them. */
export interface EventMark {
  /** no event has a higher id */
  id: bigint
  /** transactions that write events; each is called the same until it ends, and no other one is called so */
  writers: string[]
}

/**
 * Where the events stand now; one cheap statement. Who inserts an event locks the table before it takes an id, and holds
 * that lock until what it wrote is there for all to see, or gone. Transactions of other databases, and those that have
 * written no event, hold none: an id that they take later is a higher one. (A transaction prepared for two-phase commit
 * would be called otherwise from then on; eims makes none.)
 */
export async function eventMark(db: Db): Promise<EventMark> {
  const rows = await db.$queryRaw<EventMark[]>`
    select (select case when is_called then last_value else 0 end from event_id_seq) as id,
           array(select distinct virtualtransaction from pg_locks
                  where locktype = 'relation' and relation = to_regclass('event')::oid and mode = 'RowExclusiveLock' and granted
                    and database = (select oid from pg_database where datname = current_database())) as writers`
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
