import type { Role } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { lackOf } from '../database/lack.ts'
import { Prisma } from '../generated/client.ts'
import { hashSecret, newSecret } from './secret.ts'

/** How long a browser stays signed in, in seconds, and how many may be by one key. */
export interface SessionLimits {
  /** without a request */
  idle: number
  /** from the signing in on, whatever it does */
  absolute: number
  /** of a screen on the wall, without a request; while it asks, it stays signed in */
  board: number
  /** by one key: one more ends the one that was used least lately */
  perKey: number
}

/**
 * A shift, and a day: whoever leaves a browser open is not signed in the day after tomorrow. Nobody signs a screen on the
 * wall in again each morning: it has a month to be switched on again.
 */
const LIMITS: SessionLimits = { idle: 8 * 3600, absolute: 24 * 3600, board: 30 * 86_400, perKey: 32 }

/** A browser's session: the key that it is of, and when it ends at the latest. */
export interface BrowserSession {
  id: string
  name: string
  role: Role
  endsAt: Date
}

const seconds = (count: number) => Prisma.sql`make_interval(secs => ${count})`
const endOf = ({ idle, absolute, board }: SessionLimits) => Prisma.sql`
  case when c.role = 'board' then s.used_at + ${seconds(board)}
       else least(s.used_at + ${seconds(idle)}, s.created_at + ${seconds(absolute)}) end`
const isGood = (limits: SessionLimits) => Prisma.sql`
  ${endOf(limits)} > clock_timestamp()
  and c.kind = 'key' and c.revoked_at is null and (c.expires_at is null or c.expires_at > clock_timestamp())`

/**
 * Begins a session of a browser that showed a key. Those that are over go on the way.
 * @param keyId of a key that is good
 * @returns what the cookie is to hold, this once: only its hash is kept
 */
export async function beginSession(db: Db, keyId: string, limits: SessionLimits = LIMITS): Promise<string> {
  const text = newSecret('eims-session')
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('eims sessions', 0))`
    await tx.$executeRaw`
      delete from browser_session s using credential c where c.id = s.key_id and not (${isGood(limits)})`
    await tx.$executeRaw`
      delete from browser_session where hash in (
        select hash from browser_session where key_id = ${keyId}
         order by used_at desc, created_at desc offset ${limits.perKey - 1})`
    await tx.$executeRaw`insert into browser_session (hash, key_id) values (${hashSecret(text)}, ${keyId})`
  })
  return text
}

/**
 * Whose session it is; null for an unknown one, one that is over, and one whose key is revoked or expired. One statement.
 * @param use whether it is used by this, which is noted at most once a minute
 */
export async function findSession(
  db: Db,
  text: string,
  { use, limits = LIMITS }: { use: boolean; limits?: SessionLimits },
): Promise<BrowserSession | null> {
  const hash = hashSecret(text)
  const asked = Prisma.sql`
    select c.id, c.name, c.role,
           least(case when c.role = 'board' then s.used_at + ${seconds(limits.board)} else s.created_at + ${seconds(limits.absolute)} end,
                 coalesce(c.expires_at, 'infinity'::timestamptz)) as "endsAt"
      from browser_session s join credential c on c.id = s.key_id where s.hash = ${hash} and ${isGood(limits)}`
  if (!use) return (await db.$queryRaw<BrowserSession[]>(asked))[0] ?? null
  const noting = db.$queryRaw<BrowserSession[]>`
    with used as (
      update browser_session s set used_at = clock_timestamp() from credential c
       where s.hash = ${hash} and c.id = s.key_id and s.used_at < clock_timestamp() - interval '1 minute' and ${isGood(limits)}
      returning s.key_id
    ), noted as (
      update credential set used_at = clock_timestamp() where id in (select key_id from used)
    )
    ${asked}`
  const rows = await noting.catch((error: unknown) => {
    // Whoever only wants to look needs no room on the disk.
    if (lackOf(error) !== 'disk') throw error
    return db.$queryRaw<BrowserSession[]>(asked)
  })
  return rows[0] ?? null
}

/** Ends a browser's session; one that is over, or never was, is fine. */
export async function endSession(db: Db, text: string): Promise<void> {
  await db.$executeRaw`delete from browser_session where hash = ${hashSecret(text)}`
}
