import { ChangeKind, type Event, type EventKind, type NewEvent } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'

/** Puts events on the timeline, all by one statement; in the transaction of what they tell about. */
export async function appendEvents(db: Db, events: NewEvent[]): Promise<void> {
  if (events.length > 0) await db.$executeRaw(eventsSql(events))
}

/** PURE: that statement. */
export function eventsSql(events: NewEvent[]): Prisma.Sql {
  const rows = events.map((event) => ({
    ...event,
    at: event.at === undefined ? null : new Date(event.at).toISOString(),
    data: event.data ?? {},
  }))
  return Prisma.sql`
    insert into event (kind, at, last_at, node_id, mac, run_id, message, data)
    select e.kind, coalesce(e.at, clock_timestamp()), coalesce(e.at, clock_timestamp()), e."nodeId", e.mac, e."runId", e.message, e.data
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as e (kind text, at timestamptz, "nodeId" text, mac text, "runId" text, message text, data jsonb)`
}

/** So many sightings of machines that are no node are kept. */
const SIGHTINGS_KEPT = 100_000
/** More than may come in a minute (queue.ts). */
const SIGHTINGS_AT_ONCE = 15_000

/**
 * Forgets what was seen of machines that are no node: before `before` (ms since 1970), and the oldest beyond `keep`; `most`
 * at once. Rows, and the highest id among them.
 */
export async function dropOldSightings(
  db: Db,
  { before, keep = SIGHTINGS_KEPT, most = SIGHTINGS_AT_ONCE }: { before: number; keep?: number; most?: number },
): Promise<{ rows: number; upTo: bigint }> {
  const isSighting = Prisma.sql`node_id is null and kind <> all (${ChangeKind.options}::text[])`
  const rows = await db.$queryRaw<{ rows: number; upTo: bigint }[]>`
    with gone as (
      delete from event where id in (
        select id from event
         where ${isSighting} and (last_at < ${new Date(before)}::timestamptz
            or id <= (select id from event where ${isSighting} order by id desc offset ${keep}::bigint limit 1))
         order by id limit ${most}::bigint for update skip locked)
      returning id)
    select count(*)::int as rows, coalesce(max(id), 0) as "upTo" from gone`
  return rows[0]!
}

/** Named one by one: a statement that is prepared fails for good when a migration changes what `*` stands for. */
export const EVENT_COLUMNS = Prisma.raw(
  'e.id, e.kind, e.at, e.last_at, e.count, e.node_id, e.mac, e.run_id, e.message, e.data',
)

export interface EventRow {
  id: bigint
  kind: EventKind
  at: Date
  last_at: Date
  count: number
  node_id: string | null
  mac: string | null
  run_id: string | null
  message: string
  data: Record<string, unknown>
}

/**
 * A node's newest events, oldest first, with what its MACs did before anybody knew whose they were.
 * @param limit how many at most
 */
export async function timeline(db: Db, nodeId: string, limit = 2_000): Promise<Event[]> {
  const macs = await db.nodeIdentifier.findMany({ where: { nodeId, kind: 'mac' }, select: { value: true } })
  return eventsOf(
    db,
    nodeId,
    macs.map(({ value }) => value),
    limit,
  )
}

/** The newest events of a node (null: of none) and of MACs while they belonged to no node, oldest first. */
export async function eventsOf(db: Db, nodeId: string | null, macs: string[], limit: number): Promise<Event[]> {
  const rows = await db.$queryRaw<EventRow[]>`
    select ${EVENT_COLUMNS} from (
      (select * from event where node_id = ${nodeId} order by id desc limit ${limit})
      union all
      (select * from event where node_id is null and mac = any(${macs}::text[]) order by id desc limit ${limit})
    ) e order by id desc limit ${limit}`
  return rows
    .reverse()
    .map(eventOfRow)
    .sort((a, b) => a.at.localeCompare(b.at))
}

export function eventOfRow(row: EventRow): Event {
  return {
    id: String(row.id),
    kind: row.kind,
    at: row.at.toISOString(),
    lastAt: row.last_at.toISOString(),
    count: row.count,
    nodeId: row.node_id,
    mac: row.mac,
    runId: row.run_id,
    message: row.message,
    data: row.data,
  }
}
