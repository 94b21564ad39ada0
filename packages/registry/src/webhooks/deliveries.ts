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
  /** a change of a person's moves it */
  updatedAt: Date
}

/** Days for which deliveries may fail before nobody tries any more. */
const PATIENCE = '3 days'

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
    returning id, url, secret, kinds, cursor, gap_told as "gapTold", attempts, updated_at as "updatedAt"`
  return rows[0] ?? null
}

/** An event was delivered, or (`gap`) that some up to that one are no more. */
export async function noteDelivered(db: Db, id: string, what: { cursor?: bigint; gap?: bigint }): Promise<void> {
  const { cursor = 0n, gap = 0n } = what
  await db.$executeRaw`
    update webhook
       set cursor = greatest(cursor, ${cursor}), gap_told = greatest(gap_told, ${gap}), attempts = 0,
           failing_since = null, last_success_at = clock_timestamp()
     where id = ${id}`
}

/** Nothing up to this event is for the webhook. */
export async function moveOn(db: Db, id: string, cursor: bigint): Promise<void> {
  await db.$executeRaw`update webhook set cursor = greatest(cursor, ${cursor}) where id = ${id}`
}

/**
 * A delivery failed. In a transaction.
 * @param why a sentence, at most 512 characters
 * @param isFinal the receiver wants nothing any more
 * @returns how often in a row, and whether it was given up: then it is disabled, and an event tells so
 */
export async function noteFailed(
  tx: Db,
  id: string,
  why: string,
  isFinal: boolean,
): Promise<{ attempts: number; givenUp: boolean }> {
  const [row] = await tx.$queryRaw<{ name: string; attempts: number; givenUp: boolean }[]>`
    update webhook
       set attempts = attempts + 1, failing_since = coalesce(failing_since, clock_timestamp()),
           last_failure = ${why.slice(0, 512)}, last_failure_at = clock_timestamp()
     where id = ${id} and enabled
    returning name, attempts, ${isFinal} or failing_since <= clock_timestamp() - ${PATIENCE}::interval as "givenUp"`
  if (!row) return { attempts: 0, givenUp: true }
  const { name, attempts, givenUp } = row
  if (givenUp) {
    await tx.$executeRaw`update webhook set enabled = false, given_up_at = clock_timestamp() where id = ${id}`
    await appendChange(
      tx,
      'webhook.disabled',
      { id, name },
      `because ${isFinal ? 'its receiver wants nothing any more' : 'it failed for 3 days'}: ${why.slice(0, 512)}`,
    )
  }
  return { attempts, givenUp }
}
