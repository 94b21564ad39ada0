import { type Overview, Standing } from '@eims/contracts'
import type { Db } from './database/database.ts'
import { Prisma } from './generated/client.ts'

/** Of the throughput that is told: stretches of half an hour. */
const STRETCHES = 24

/** Of the rows `n` and `i`, its present instance: where a machine stands, as `standingOf` of the contracts says. */
export const standing = Prisma.sql`
  case when i.state = 'RUNNING' then 'running' when i.state = 'PROVISIONED' then 'written'
       when i.state = 'PROVISIONING' then 'working' when i.state = 'FAILED' then 'failed'
       when not n.registered then 'unknown' when n.hold is not null then 'held' else 'waiting' end`

/** What the registry knows of the overview; what stands for one server, and who is in quarantine, is added by that one. */
export type SiteOverview = Omit<Overview, 'server' | 'undecided'> & { strangers: number }

/**
 * How many machines stand where, how fast it goes, and what is being converted. A few statements, none of which reads
 * more than the nodes, the runs of twelve hours and the images.
 */
export async function siteOverview(db: Db): Promise<SiteOverview> {
  const [standings, ended, actions, images] = await Promise.all([
    db.$queryRaw<{ standing: Standing; count: number; left: number; open: number }[]>`
      select ${standing} as standing,
             count(*)::int as count, count(n.last_seen_at)::int as left,
             count(*) filter (where n.netboot_policy <> 'denied')::int as open
        from node n left join instance i on i.node_id = n.id and i.ended_at is null group by 1`,
    db.$queryRaw<{ at: Date; stretch: Date; succeeded: number; failed: number; lastHour: number }[]>`
      with clock as materialized (
        select clock_timestamp() as at, date_bin('30 minutes', clock_timestamp(), 'epoch'::timestamptz) as last),
      span as materialized (select at, last, last - ${STRETCHES - 1} * interval '30 minutes' as first from clock),
      ended as (
        select date_bin('30 minutes', r.ended_at, 'epoch'::timestamptz) as stretch,
               count(*) filter (where r.state = 'SUCCEEDED') as succeeded,
               count(*) filter (where r.state in ('FAILED', 'TIMED_OUT')) as failed,
               count(*) filter (where r.state = 'SUCCEEDED' and r.ended_at > (select at from span) - interval '1 hour') as "lastHour"
          from run r
         where r.ended_at >= (select first from span) and r.ended_at > statement_timestamp() - interval '13 hours' group by 1)
      select span.at, s.stretch, coalesce(e.succeeded, 0)::int as succeeded, coalesce(e.failed, 0)::int as failed,
             coalesce(e."lastHour", 0)::int as "lastHour"
        from span cross join generate_series(span.first, span.last, interval '30 minutes') as s (stretch)
        left join ended e on e.stretch = s.stretch order by 2`,
    db.$queryRaw<{ kind: string; count: number }[]>`
      select coalesce(a.definition -> 'uses' ->> 'builtin', 'oci') as kind, count(*)::int as count
        from attempt t join action a on a.run_id = t.run_id and a.id = t.action_id where t.state = 'RUNNING' group by 1`,
    db.image.findMany({
      where: { state: { in: ['converting', 'failed'] } },
      select: { name: true, state: true, progress: true },
      orderBy: { id: 'asc' },
      take: 1000,
    }),
  ])
  const of = (standing: Standing) => standings.find((row) => row.standing === standing)
  const at = ended[0]!.at
  const lastHour = ended.reduce((sum, row) => sum + row.lastHour, 0)
  const left = (of('working')?.count ?? 0) + (of('waiting')?.left ?? 0)
  return {
    at: at.toISOString(),
    total: standings.reduce((sum, { count }) => sum + count, 0),
    standing: standingsOf(standings),
    strangers: of('unknown')?.open ?? 0,
    throughput: ended.map(({ stretch, succeeded, failed }) => ({ from: stretch.toISOString(), succeeded, failed })),
    lastHour,
    left,
    expectedEnd: expectedEnd(at, left, lastHour),
    actions: Object.fromEntries(actions.map(({ kind, count }) => [kind, count])),
    images: {
      converting: images
        .filter(({ state }) => state === 'converting')
        .map(({ name, progress }) => ({ name, progress })),
      failed: images.filter(({ state }) => state === 'failed').length,
    },
  }
}

/** PURE: how many stand where, those where nobody stands too. */
export const standingsOf = (rows: readonly { standing: Standing; count: number }[]): Overview['standing'] =>
  Object.fromEntries(
    Standing.options.map((each) => [each, rows.find(({ standing }) => standing === each)?.count ?? 0]),
  ) as Overview['standing']

/** PURE: when so many are done at the pace of the last hour; null: none is left, or nobody can tell. */
export function expectedEnd(at: Date, left: number, lastHour: number): string | null {
  if (left === 0 || lastHour === 0) return null
  const hours = left / lastHour
  return hours > 24 * 365 ? null : new Date(at.getTime() + hours * 3600_000).toISOString()
}
