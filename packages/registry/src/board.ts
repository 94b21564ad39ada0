import { type Board, type NeedyMachine, type Reason, type Standing, shown } from '@eims/contracts'
import { batchesOf, newestBatches } from './catalogue/batches.ts'
import type { Db } from './database/database.ts'
import { Prisma } from './generated/client.ts'
import { expectedEnd, standing, standingsOf } from './overview.ts'

/** Machines that need a person, of all that do. */
const MOST_NEEDY = 24
/** Batches of the whole site, the newest ones. */
const MOST_BATCHES = 8

/** A board without what is judged: its machines have ids, by which a judge knows them. */
export type StoredBoard = Omit<Board, 'needy'> & { needy: (NeedyMachine & { id: string })[] }

interface BoardRow {
  at: Date
  site: string
  lastHour: number
  standings: { standing: Standing; count: number; seen: number; done: number; registered: number }[]
  needy: (Omit<NeedyMachine, 'reason'> & { id: string; reason: Reason })[]
}

/**
 * What a board shows, by two statements: one for the batches, one for the machines.
 * @param refs ids or names of batches; null: the whole site
 * @throws ProblemError not-found
 */
export async function storedBoard(db: Db, refs: readonly string[] | null): Promise<StoredBoard> {
  const batches = refs === null ? await newestBatches(db, MOST_BATCHES) : await batchesOf(db, refs)
  const ids = batches.map(({ id }) => id)
  // A machine of a batch that says another serial than it was registered with comes as one that nobody registered.
  const scope =
    refs === null
      ? Prisma.sql`true`
      : Prisma.sql`(n.batch_id = any(${ids}::text[]) or n.batch_id is null and not n.registered)`
  const [row] = await db.$queryRaw<BoardRow[]>`
    with scoped as (
      select n.id, n.name, n.registered, n.last_seen_at, ${standing} as standing,
             i.state = 'RUNNING' or i.state = 'PROVISIONED' and i.phone_home_due_at is null as done,
             coalesce(i.status, n.status) as reason, coalesce(i.status_at, n.status_at) as since
        from node n left join instance i on i.node_id = n.id and i.ended_at is null where ${scope}
    )
    select clock_timestamp() as at, (select name from site limit 1) as site,
           (select count(distinct r.node_id)::int from run r join node n on n.id = r.node_id
             where r.state = 'SUCCEEDED' and r.ended_at > statement_timestamp() - interval '1 hour' and ${scope}) as "lastHour",
           (select coalesce(json_agg(x), '[]') from (
              select standing, count(*) as count, count(last_seen_at) as seen, count(*) filter (where done) as done,
                     count(*) filter (where registered) as registered
                from scoped group by 1) x) as standings,
           (select coalesce(json_agg(x), '[]') from (
              select s.id, s.name, s.standing, s.reason, s.since,
                     (select v.shown from node_identifier v where v.node_id = s.id and v.kind = 'serial' order by v.id limit 1) as serial
                from scoped s where s.standing in ('failed', 'unknown')
               order by s.standing, s.since desc, s.id limit ${MOST_NEEDY}) x) as needy`
  const { at, site, lastHour, standings, needy } = row!
  const of = (name: Standing) => standings.find((each) => each.standing === name)
  const sum = <T>(rows: readonly T[], number: (row: T) => number) => rows.reduce((all, each) => all + number(each), 0)
  const ofSite = {
    expected: sum(standings, ({ registered }) => registered),
    done: sum(standings, ({ done }) => done),
    missing: sum(standings, ({ standing, count, seen }) =>
      standing === 'waiting' || standing === 'held' ? count - seen : 0,
    ),
    left: (of('working')?.count ?? 0) + (of('waiting')?.seen ?? 0),
  }
  const ofBatches = {
    expected: sum(batches, ({ counts }) => counts.expected ?? counts.registered),
    done: sum(batches, ({ counts }) => counts.passed),
    missing: sum(batches, ({ counts }) => counts.missing),
    left: sum(batches, ({ pace }) => pace.left),
  }
  const { left, ...counts } = refs === null ? ofSite : ofBatches
  return {
    at: at.toISOString(),
    site,
    batches: batches.map(({ name, counts, pace }) => ({ name, counts, pace })),
    standing: standingsOf(standings),
    ...counts,
    pace: { lastHour, left, expectedEnd: expectedEnd(at, left, lastHour) },
    needy: needy.map((each) => ({ ...each, since: new Date(each.since).toISOString(), reason: shown(each.reason) })),
  }
}
