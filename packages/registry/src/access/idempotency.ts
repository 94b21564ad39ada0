import { createHash } from 'node:crypto'
import { DONE } from '../database/claim.ts'
import type { Db } from '../database/database.ts'

/** How long a reply is kept. */
const KEPT = '24 hours'
/** A server that died over a request leaves it unfinished; after this another attempt may begin. */
const ABANDONED = '15 minutes'
/** How many old ones are forgotten each time a new one comes: more than one, so that they become fewer. */
const FORGOTTEN_AT_ONCE = 100

export type Claim =
  /** nobody asked this before: do it, then `finishRequest` or `abandonRequest` */
  | { kind: 'first' }
  /** it was done already; `reply` is JSON, null when it holds nothing or was to be shown once */
  | { kind: 'again'; status: number; reply: string | null }
  | { kind: 'busy' }
  /** it was done, or a part of it, and the reply is lost: the database went away before it was kept */
  | { kind: 'lost' }
  /** the key was used for something else */
  | { kind: 'mismatch' }

/** PURE: under what a request is kept: of this caller, at this place, with this key. */
export const requestName = (caller: string, place: string, key: string) => digest([caller, place, key])

/** PURE: what a request asks for; the same for the same text. */
export const requestHash = (url: string, body: unknown) => digest([url, JSON.stringify(body ?? null)])

const digest = (parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex')

/**
 * Begins a request that must happen once, whichever server it comes to: of several at the same time one is the first.
 * @param hash    see requestName
 * @param request see requestHash
 * @param isOver  the caller knows that whoever claimed it before has ended
 */
export async function claimRequest(db: Db, hash: string, request: string, isOver: boolean): Promise<Claim> {
  // No statement may write one row twice, so an old one of this name is left to the other half.
  const claimed = await db.$executeRaw`
    with forgotten as (
      delete from idempotency where hash in (
        select hash from idempotency where created_at < clock_timestamp() - ${KEPT}::interval and hash <> ${hash}
         order by created_at limit ${FORGOTTEN_AT_ONCE} for update skip locked)
    )
    insert into idempotency as i (hash, request_hash, created_at) values (${hash}, ${request}, clock_timestamp())
    on conflict (hash) do update set request_hash = excluded.request_hash, status = null, reply = null, created_at = excluded.created_at
     where i.created_at < clock_timestamp() - ${KEPT}::interval
        or i.status is null and i.created_at < clock_timestamp() - ${ABANDONED}::interval`
  if (claimed === 1) return { kind: 'first' }
  const [row] = await db.$queryRaw<
    { requestHash: string; status: number | null; reply: string | null; abandoned: boolean }[]
  >`select request_hash as "requestHash", status, reply,
           created_at < clock_timestamp() - ${ABANDONED}::interval as abandoned
      from idempotency where hash = ${hash}`
  // The one who had it failed between the two statements: the next attempt is the first.
  if (!row) return { kind: 'busy' }
  if (row.requestHash !== request) return { kind: 'mismatch' }
  if (row.status === DONE) return { kind: isOver || row.abandoned ? 'lost' : 'busy' }
  return row.status === null ? { kind: 'busy' } : { kind: 'again', status: row.status, reply: row.reply }
}

/** Keeps the reply for whoever asks the same again. */
export async function finishRequest(db: Db, hash: string, status: number, reply: string | null): Promise<void> {
  await db.idempotency.updateMany({
    where: { hash, OR: [{ status: null }, { status: DONE }] },
    data: { status, reply },
  })
}

/**
 * Nothing came of it: the next attempt is the first. If a transaction of it changed something after all, that stays on
 * record; one whose COMMIT is still under way is waited for.
 * @returns whether it is given up
 */
export async function abandonRequest(db: Db, hash: string): Promise<boolean> {
  const { count } = await db.idempotency.deleteMany({ where: { hash, status: null } })
  return count > 0
}
