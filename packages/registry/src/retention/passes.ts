import type { KeptKind } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { ROW_BYTES } from './measure.ts'
import { auditStays, byMachine, eventStays, runMatters, runStays } from './stays.ts'

const { sql } = Prisma

/** What one look at a stretch of a table came to. */
export interface Swept {
  /** where the next look begins; null: this was the last stretch */
  cursor: string | null
  rows: number
  bytes: number
  /** highest id that was dropped; of runs, which have none that counts, 0 */
  upTo: bigint
}

/**
 * What goes besides what is too old, while there is too much: 0: nothing; 1: what a machine repeats, and whatever is
 * oldest and not the last word on a machine; 2: also what machines said that nobody registered.
 */
export type Pressure = 0 | 1 | 2

export interface Look {
  /** as the last one left it; null: from the beginning */
  cursor: string | null
  /** what is older goes; ms since 1970, database clock */
  before: number
  pressure: Pressure
}

/** Rows that are looked at in one transaction, by their primary key. */
const STRETCH: Record<KeptKind, number> = { events: 2000, logs: 2000, audit: 1000, runs: 100 }
/** Of so many runs of a node the log lines are kept. */
const RUNS_WITH_LOGS = 10
/** This many events that a machine brings about stay on a timeline, which shows 2,000. */
const EVENTS_OF_NODE = 2000

interface Row {
  cursor: string | null
  seen: number
  rows: number
  bytes: number
  upTo: bigint
}

/** One stretch of one table, in a transaction of its own: rows that somebody else holds are left for the next time. */
export async function sweepStretch(tx: Db, kind: KeptKind, look: Look): Promise<Swept> {
  if (kind === 'runs') return sweepRuns(tx, look)
  const { cursor, before, pressure } = look
  const from = BigInt(cursor ?? 0)
  const old = sql`${new Date(before)}::timestamptz`
  const pressed = sql`${pressure}::int`
  const doomed = {
    events: sql`
      select e.id, pg_column_size(e) + ${ROW_BYTES.events} as bytes from event e join stretch s on s.id = e.id
       where (e.last_at < ${old} or ${pressed} = 1 and ${byMachine} or ${pressed} = 2) and not ${eventStays}`,
    logs: sql`
      select e.id, pg_column_size(e) + ${ROW_BYTES.logs} as bytes from log e join stretch s on s.id = e.id
       where e.run_id in (
         select o.run_id from (select distinct l.run_id from log l join stretch s on s.id = l.id) o
           left join run r on r.id = o.run_id left join node n on n.id = r.node_id
          where r.id is null
             or r.state not in ('PENDING', 'RUNNING') and not ${runMatters} and (
                  r.ended_at < ${old} or ${pressed} >= 1 or ${newerRuns} >= ${RUNS_WITH_LOGS})
             or ${pressed} = 2 and not n.registered and r.created_at < clock_timestamp() - interval '1 hour'
                and not exists (select 1 from attempt t where t.run_id = r.id and t.state = 'RUNNING'
                                                          and t.lease_until > clock_timestamp()))`,
    audit: sql`
      select a.id, pg_column_size(a) + ${ROW_BYTES.audit} as bytes from audit a join stretch s on s.id = a.id
       where (a.at < ${old} or ${pressed} >= 1) and not ${auditStays}`,
  }[kind]
  const table = Prisma.raw({ events: 'event', logs: 'log', audit: 'audit' }[kind])
  const of = Prisma.raw(kind === 'audit' ? 'a' : 'e')
  const rows = await tx.$queryRaw<Row[]>`
    with stretch as materialized (select id from ${table} where id > ${from} order by id limit ${STRETCH[kind]}::bigint),
    doomed as materialized (${doomed} for update of ${of} skip locked),
    gone as (delete from ${table} where id in (select id from doomed) returning id)
    select (select max(id)::text from stretch) as cursor, (select count(*)::int from stretch) as seen,
           count(*)::int as rows, coalesce(sum(d.bytes), 0)::float8 as bytes, coalesce(max(d.id), 0) as "upTo"
      from doomed d`
  return sweptOf(rows[0]!, STRETCH[kind])
}

const newerRuns = sql`(select count(*) from run x where x.node_id = r.node_id and (x.created_at, x.id) > (r.created_at, r.id))`

const sweptOf = ({ cursor, seen, rows, bytes, upTo }: Row, stretch: number): Swept => ({
  cursor: seen < stretch ? null : cursor,
  rows,
  bytes,
  upTo,
})

/** Runs with their actions and attempts, and instances that ended and have no other run; their log lines are found by sweepStretch. */
async function sweepRuns(tx: Db, { cursor, before, pressure }: Look): Promise<Swept> {
  const rows = await tx.$queryRaw<(Row & { instances: string[] })[]>`
    with stretch as materialized (select id from run where id > ${cursor ?? ''} order by id limit ${STRETCH.runs}::bigint),
    doomed as materialized (
      select r.id, r.instance_id, pg_column_size(r) + ${ROW_BYTES.runs}
             + (select coalesce(sum(pg_column_size(a) + ${ROW_BYTES.runs}), 0) from action a where a.run_id = r.id)
             + (select coalesce(sum(pg_column_size(t) + ${ROW_BYTES.runs}), 0) from attempt t where t.run_id = r.id) as bytes
        from run r join stretch s on s.id = r.id
       where (r.ended_at < ${new Date(before)}::timestamptz or ${pressure}::int >= 1) and not ${runStays}
         for update of r skip locked),
    gone as (delete from run where id in (select id from doomed) returning id)
    select (select max(id) from stretch) as cursor, (select count(*)::int from stretch) as seen, count(*)::int as rows,
           coalesce(sum(d.bytes), 0)::float8 as bytes, 0::bigint as "upTo",
           coalesce(array_agg(distinct d.instance_id) filter (where d.instance_id is not null), '{}') as instances
      from doomed d`
  const { instances } = rows[0]!
  if (instances.length > 0) {
    const over = sql`
      select i.id from instance i where i.id = any(${instances}::text[]) and i.ended_at is not null
         and not exists (select 1 from run r where r.instance_id = i.id)`
    await tx.$executeRaw`delete from credential where scope in (${over})`
    await tx.$executeRaw`delete from instance where id in (${over})`
  }
  return sweptOf(rows[0]!, STRETCH.runs)
}

/** Timelines looked at in one transaction, and events of them that go. */
const TIMELINES = 100
const EVENTS_AT_ONCE = 5000

/** Shortens the timelines of the next nodes, also of ones that are no more, to what a machine may bring about. `cursor`: a node's id. */
export async function shortenTimelines(tx: Db, cursor: string | null, keep = EVENTS_OF_NODE): Promise<Swept> {
  const rows = await tx.$queryRaw<Row[]>`
    with recursive walk (node_id) as (
      (select node_id from event where node_id > ${cursor ?? ''} order by node_id limit 1)
      union all
      select (select e.node_id from event e where e.node_id > w.node_id order by e.node_id limit 1)
        from walk w where w.node_id is not null),
    stretch as materialized (select node_id from walk where node_id is not null limit ${TIMELINES}::bigint),
    doomed as materialized (
      select e.id, pg_column_size(e) + ${ROW_BYTES.events} as bytes
        from stretch s cross join lateral (
               select x.id from event x where x.node_id = s.node_id order by x.id desc offset ${keep}::bigint limit 1) edge
        join event e on e.node_id = s.node_id and e.id <= edge.id
       where ${byMachine} and not ${eventStays} limit ${EVENTS_AT_ONCE}::bigint for update of e skip locked),
    gone as (delete from event where id in (select id from doomed) returning id)
    select (select max(node_id) from stretch) as cursor, (select count(*)::int from stretch) as seen,
           count(*)::int as rows, coalesce(sum(d.bytes), 0)::float8 as bytes, coalesce(max(d.id), 0) as "upTo"
      from doomed d`
  const [row] = rows
  // A timeline that was not done in one look is looked at again.
  if (row!.rows >= EVENTS_AT_ONCE) return { ...sweptOf(row!, TIMELINES), cursor }
  return sweptOf(row!, TIMELINES)
}
