import type { Db } from '../database/database.ts'
import { appendChange } from '../events/changes.ts'

/** A webhook as whoever delivers to it sees it. */
export interface Hook {
  id: string
  url: string
  secret: string
  /** none: every kind */
  kinds: string[]
  /** what was delivered last, or passed */
  cursor: bigint
  /** up to which id it was told that events are no more */
  gapTold: bigint
  /** deliveries that failed since the last one that did not */
  attempts: number
  /** milliseconds until what failed may be tried again; 0: now */
  waits: number
  /** a change of a person's moves it */
  updatedAt: Date
}

/** Days for which deliveries may fail before nobody tries any more. */
const PATIENCE = '3 days'
/**
 * Days on which nobody tried are no failures: after a gap of so much, longer than any back-off, they are counted anew. A
 * wait that is longer is one that a clock which was set made.
 */
const NOBODY_TRIED = '3 hours'

/** Ids of the webhooks that are to be told. */
export async function webhooksToServe(db: Db): Promise<string[]> {
  const rows = await db.webhook.findMany({ where: { enabled: true }, select: { id: true }, orderBy: { id: 'asc' } })
  return rows.map(({ id }) => id)
}

/**
 * Makes a server the one that delivers, for a minute: of several one does, so that the order is kept.
 * @returns null while another one does, and for a webhook that is gone or disabled
 */
export async function claimWebhook(db: Db, id: string, serverId: string): Promise<Hook | null> {
  const rows = await db.$queryRaw<Hook[]>`
    update webhook set claimed_by = ${serverId}, claimed_until = clock_timestamp() + interval '1 minute'
     where id = ${id} and enabled
       and (claimed_by = ${serverId} or claimed_until is null
            or claimed_until not between clock_timestamp() and clock_timestamp() + interval '2 minutes')
    returning id, url, secret, kinds, cursor, gap_told as "gapTold", attempts, updated_at as "updatedAt",
              case when next_attempt_at between clock_timestamp() and clock_timestamp() + ${NOBODY_TRIED}::interval
                   then ceil(extract(epoch from next_attempt_at - clock_timestamp()) * 1000)::int else 0 end as waits`
  return rows[0] ?? null
}

/** An event was delivered, or (`gap`) that some up to that one are no more. */
export async function noteDelivered(db: Db, id: string, what: { cursor?: bigint; gap?: bigint }): Promise<void> {
  const { cursor = 0n, gap = 0n } = what
  await db.$executeRaw`
    update webhook
       set cursor = greatest(cursor, ${cursor}), gap_told = greatest(gap_told, ${gap}), attempts = 0,
           failing_since = null, next_attempt_at = null, last_success_at = clock_timestamp()
     where id = ${id}`
}

/** Nothing up to this event is for the webhook. */
export async function moveOn(db: Db, id: string, cursor: bigint): Promise<void> {
  await db.$executeRaw`update webhook set cursor = greatest(cursor, ${cursor}) where id = ${id}`
}

/**
 * A delivery failed. In a transaction. After too many the webhook is disabled, and an event tells so. What a person changed
 * meanwhile is not to blame: then nothing is written down.
 * @param hook         as it was when the delivery began
 * @param what.why     a sentence, at most 512 characters
 * @param what.isFinal the receiver wants nothing any more
 * @param what.waits   milliseconds until it may be tried again
 */
export async function noteFailed(
  tx: Db,
  { id, updatedAt }: Pick<Hook, 'id' | 'updatedAt'>,
  { why, isFinal, waits }: { why: string; isFinal: boolean; waits: number },
): Promise<void> {
  const [row] = await tx.$queryRaw<{ name: string; givenUp: boolean }[]>`
    update webhook
       set attempts = attempts + 1, next_attempt_at = clock_timestamp() + ${`${waits} milliseconds`}::interval,
           failing_since = case when last_failure_at > clock_timestamp() - ${NOBODY_TRIED}::interval
                                then coalesce(failing_since, clock_timestamp()) else clock_timestamp() end,
           last_failure = ${why.slice(0, 512)}, last_failure_at = clock_timestamp()
     where id = ${id} and enabled and updated_at = ${updatedAt}::timestamptz
    returning name, ${isFinal} or failing_since <= clock_timestamp() - ${PATIENCE}::interval as "givenUp"`
  if (!row?.givenUp) return
  await tx.$executeRaw`update webhook set enabled = false, given_up_at = clock_timestamp() where id = ${id}`
  await appendChange(
    tx,
    'webhook.disabled',
    { id, name: row.name },
    `because ${isFinal ? 'its receiver wants nothing any more' : 'it failed for 3 days'}: ${why.slice(0, 512)}`,
  )
}
