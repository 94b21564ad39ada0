import { type NewEvent, worded } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { Prisma } from '../generated/client.ts'

/** So many make room for one: the bound may have been lowered. */
const AT_ONCE = 50
/** Of the timeline of a machine that goes; what is left of a longer one goes by its age. */
const EVENTS_AT_ONCE = 5000

/** How many machines there are that nobody registered. */
export async function countUnregistered(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`select count(*)::int as count from node where not registered`
  return row?.count ?? 0
}

/**
 * Makes room for one more machine that nobody registered: of those that no run and no person has touched, the longest
 * unseen go, with their timelines and boot sessions. In the transaction that makes the new one.
 * @returns whether there is room, and how many went; several at once may each take the last place
 */
export async function makeRoom(tx: Db, limit: number): Promise<{ isRoom: boolean; gone: number }> {
  const count = await countUnregistered(tx)
  if (count < limit) return { isRoom: true, gone: 0 }
  const leave = await tx.$queryRaw<{ id: string; name: string }[]>`
    select n.id, n.name from node n where ${mayGo}
     order by coalesce(n.last_seen_at, n.created_at)
     limit ${Math.min(AT_ONCE, count - limit + 1)}::bigint
       for update of n skip locked`
  if (leave.length === 0) return { isRoom: false, gone: 0 }
  const ids = leave.map(({ id }) => id)
  await tx.$executeRaw`
    delete from event where id in (
      select id from event where node_id = any(${ids}::text[]) limit ${EVENTS_AT_ONCE} for update skip locked)`
  await tx.$executeRaw`delete from node where id = any(${ids}::text[])`
  await appendEvents(
    tx,
    leave.map((node) => forgotten(node, limit)),
  )
  return { isRoom: count - leave.length < limit, gone: leave.length }
}

/** Whether makeRoom would find room now. */
export async function hasRoom(db: Db, limit: number): Promise<boolean> {
  const [row] = await db.$queryRaw<{ room: boolean }[]>`
    select (select count(*) from node where not registered) < ${limit}::bigint
           or exists (select 1 from node n where ${mayGo}) as room`
  return row?.room ?? false
}

/** Nobody's timeline has it, so that it counts as a sighting: invented machines must leave nothing behind for long. */
const forgotten = ({ id, name }: { id: string; name: string }, limit: number): NewEvent =>
  worded({ kind: 'node.deleted', data: { how: 'made-room', id, name, batchId: null, limit } })

/** Nobody registered node `n`, it has no run, and no person had a word about it, which would be in the audit log. */
const mayGo = Prisma.sql`
  not n.registered and n.hold is null and n.state <> 'UNTRUSTED'
  and not exists (select 1 from run r where r.node_id = n.id)
  and not exists (select 1 from instance i where i.node_id = n.id)
  and not exists (select 1 from audit a where a.subject = n.id)
  and n.profile_id is null and n.batch_id is null and n.account_id is null and n.claimed_mac is null
  and n.netboot_policy = 'allowed' and n.boot_file is null and n.secure_boot is null and n.disk is null`
