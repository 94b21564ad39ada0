import type { Db } from '../database/database.ts'

const ID = 'site'

/** What was dropped, by what it was; see `Stored` of the contracts. */
export type Dropped = Record<string, number>

/**
 * Makes this transaction the only one that sweeps; one of several servers does at a time.
 * @returns false when another one is sweeping
 */
export async function claimSweep(tx: Db): Promise<boolean> {
  await tx.$executeRaw`set local lock_timeout = '2s'`
  await tx.$executeRaw`insert into sweep (id) values (${ID}) on conflict do nothing`
  const rows = await tx.$queryRaw<unknown[]>`select 1 from sweep where id = ${ID} for update skip locked`
  return rows.length > 0
}

/**
 * Adds to what was dropped since ever.
 * @param eventsUpTo the highest id among events of it: whoever resumes behind it is told
 */
export async function noteDropped(
  db: Db,
  dropped: Dropped,
  { eventsUpTo = 0n, swept = false }: { eventsUpTo?: bigint; swept?: boolean } = {},
): Promise<void> {
  await db.$executeRaw`
    insert into sweep as s (id, swept_at, dropped, events_dropped_to)
    values (${ID}, case when ${swept} then clock_timestamp() end, ${JSON.stringify(dropped)}::jsonb, ${eventsUpTo})
    on conflict (id) do update
       set swept_at = coalesce(excluded.swept_at, s.swept_at),
           events_dropped_to = greatest(s.events_dropped_to, excluded.events_dropped_to),
           dropped = (select coalesce(jsonb_object_agg(key, total), '{}') from (
             select key, sum(value::bigint) as total from (
               select * from jsonb_each_text(s.dropped) union all select * from jsonb_each_text(excluded.dropped)) each
              group by key) total)`
}

/** When something was last swept (ms since 1970; null: never), and what was dropped since ever. */
export async function sweepRecord(db: Db): Promise<{ sweptAt: number | null; dropped: Dropped; logLines: number }> {
  const rows = await db.$queryRaw<{ sweptAt: Date | null; dropped: Dropped | null; logLines: number }[]>`
    select s.swept_at as "sweptAt", s.dropped,
           (select coalesce(sum(l.dropped), 0)::float8 from log l where l.dropped is not null) as "logLines"
      from (select 1) one left join sweep s on s.id = ${ID}`
  const { sweptAt, dropped, logLines } = rows[0]!
  return { sweptAt: sweptAt?.getTime() ?? null, dropped: dropped ?? {}, logLines }
}

/** The highest id of an event that was dropped; 0: none was. */
export async function eventsDroppedTo(db: Db): Promise<bigint> {
  const [row] = await db.$queryRaw<{ upTo: bigint }[]>`select events_dropped_to as "upTo" from sweep where id = ${ID}`
  return row?.upTo ?? 0n
}
