import type { Db } from '../database/database.ts'
import { CLOCK_LOCK } from '../database/row-lock.ts'
import { appendEvents } from '../events/events.ts'

const ID = 'site'
/** So many of the last jumps are known; beyond them a row is taken for as old as it says. */
const JUMPS = 100

/** The database's clock as its servers know it. Milliseconds. */
export interface ClockRecord {
  /** since 1970 */
  now: number
  /** by how much that is ahead of a clock that never jumped since the registry was made */
  ahead: number
  /** when a server last found that it agreed, on such a clock; null: none looked yet */
  lookedAt: number | null
  /** the oldest first; `at` on such a clock */
  jumps: { at: number; by: number }[]
}

export async function readClock(db: Db): Promise<ClockRecord> {
  const rows = await db.$queryRaw<
    { now: Date; ahead: number | null; lookedAt: Date | null; jumps: ClockRecord['jumps'] | null }[]
  >`select clock_timestamp() as now, c.ahead, c.looked_at as "lookedAt", c.jumps
      from (select 1) one left join clock c on c.id = ${ID}`
  const { now, ahead, lookedAt, jumps } = rows[0]!
  return { now: now.getTime(), ahead: ahead ?? 0, lookedAt: lookedAt?.getTime() ?? null, jumps: jumps ?? [] }
}

/** Notes that a server found the clock to agree at `at`, on a clock that never jumped. */
export async function noteAgreement(db: Db, at: number): Promise<void> {
  const lookedAt = new Date(at)
  await db.$executeRaw`
    insert into clock as c (id, looked_at) values (${ID}, ${lookedAt})
    on conflict (id) do update set looked_at = excluded.looked_at where c.looked_at < excluded.looked_at`
}

/** For the rest of the transaction nobody else puts the clock right, and nobody holds a node. */
export async function lockClock(tx: Db): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${CLOCK_LOCK}, 0))`
}

/**
 * The clock jumped: what lapses is moved along with it, so that as much time is left as before, and the jump is on record
 * as an event. In a transaction after lockClock. What times of a past are only told stays; so does what lapses at an
 * instant that a person named.
 * @param jump.at when, on a clock that never jumped
 */
export async function moveInstants(tx: Db, { at, by }: { at: number; by: number }): Promise<void> {
  const span = `${by} milliseconds`
  await tx.$executeRaw`
    update run
       set started_at = started_at + ${span}::interval, due_at = due_at + ${span}::interval,
           paused_at = paused_at + ${span}::interval
     where state in ('PENDING', 'RUNNING')`
  await tx.$executeRaw`
    update action a set due_at = a.due_at + ${span}::interval
      from run r where r.id = a.run_id and r.state in ('PENDING', 'RUNNING') and a.due_at is not null`
  await tx.$executeRaw`
    update attempt t
       set started_at = t.started_at + ${span}::interval, lease_until = t.lease_until + ${span}::interval,
           ended_at = t.ended_at + ${span}::interval
      from run r where r.id = t.run_id and r.state in ('PENDING', 'RUNNING')`
  await tx.$executeRaw`
    update instance set phone_home_due_at = phone_home_due_at + ${span}::interval where phone_home_due_at is not null`
  await tx.$executeRaw`
    update server set started_at = started_at + ${span}::interval, seen_at = seen_at + ${span}::interval`
  await tx.$executeRaw`
    update webhook
       set failing_since = failing_since + ${span}::interval, last_failure_at = last_failure_at + ${span}::interval,
           next_attempt_at = next_attempt_at + ${span}::interval, claimed_until = claimed_until + ${span}::interval
     where id in (select id from webhook for update skip locked)`
  // Who holds one of these may wait for us.
  await tx.$executeRaw`
    update boot_session
       set created_at = created_at + ${span}::interval, expires_at = expires_at + ${span}::interval,
           onboarded_at = onboarded_at + ${span}::interval, seen_at = seen_at + ${span}::interval
     where id in (select id from boot_session for update skip locked)`
  await tx.$executeRaw`
    update idempotency set created_at = created_at + ${span}::interval
     where hash in (select hash from idempotency for update skip locked)`
  await tx.$executeRaw`
    insert into clock as c (id, looked_at, ahead, jumps)
    values (${ID}, ${new Date(at)}, ${by}, jsonb_build_array(${JSON.stringify({ at, by })}::jsonb))
    on conflict (id) do update
       set looked_at = excluded.looked_at, ahead = c.ahead + excluded.ahead,
           jumps = (select jsonb_agg(each order by place) from (
             select each, place from jsonb_array_elements(c.jumps || excluded.jumps) with ordinality as x (each, place)
              order by place desc limit ${JUMPS}::bigint) last)`
  const seconds = Math.round(by / 1000)
  const way = by > 0 ? 'forward' : 'back'
  const message = `the clock of the database was set ${way} by ${Math.abs(seconds)} s; what was to lapse goes on as before`
  await appendEvents(tx, [{ kind: 'clock.jumped', message, data: { seconds } }])
}
