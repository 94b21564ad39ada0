import { type KeyInput, type NewKey, ProblemError, type PublicKey } from '@eims/contracts'
import { meantBy } from '../catalogue/by-ref.ts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { keyListing } from '../listing/tables.ts'
import { createKey } from './credentials.ts'

/** Keys that open nothing any more stay on record: the audit log names them. */
const isKey = Prisma.sql`credential.kind = 'key'`

function publicOfRow(row: Prisma.CredentialModel): PublicKey {
  const iso = (at: Date | null) => at?.toISOString() ?? null
  return {
    id: row.id,
    name: row.name,
    role: row.role as PublicKey['role'],
    local: row.scope !== null,
    createdAt: row.createdAt.toISOString(),
    expiresAt: iso(row.expiresAt),
    revokedAt: iso(row.revokedAt),
    usedAt: iso(row.usedAt),
  }
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listKeys(db: Db, page: Page): Promise<Listed<PublicKey>> {
  const found = await listIds(db, keyListing, page, isKey)
  const rows = await db.credential.findMany({ where: { id: { in: found.ids } } })
  return listed(found, rows, (row) => row.id, publicOfRow)
}

/** By id, else the one in force of that name. @throws ProblemError not-found */
export async function getKey(db: Db, ref: string): Promise<PublicKey> {
  const rows = await db.credential.findMany({
    where: { kind: 'key', OR: [{ id: ref }, { name: ref, revokedAt: null }] },
    orderBy: { id: 'desc' },
    take: 10,
  })
  return publicOfRow(await meantBy(db, ref, rows, 'key'))
}

/** Keys are made and revoked by one at a time: two could otherwise each revoke the key that the other one relies on. */
const lockKeys = (tx: Db) => tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('eims keys', 0))`

/**
 * Makes a key for a person or a program; its text is in the answer and nowhere else. In a transaction.
 * @throws ProblemError already-exists; invalid-input for an end that has passed
 */
export async function addKey(tx: Db, input: KeyInput): Promise<NewKey> {
  await lockKeys(tx)
  const { name, role } = input
  const expiresAt = input.expiresAt === null ? null : new Date(input.expiresAt)
  const [same] = await tx.$queryRaw<{ passed: boolean; taken: boolean }[]>`
    select coalesce(${expiresAt}::timestamptz <= clock_timestamp(), false) as passed,
           exists (select 1 from credential where kind = 'key' and revoked_at is null and lower(name) = lower(${name})
                      and (expires_at is null or expires_at > clock_timestamp())) as taken`
  const message = 'has passed already'
  if (same?.passed)
    throw new ProblemError('invalid-input', `body.expiresAt ${message}.`, [{ path: 'body.expiresAt', message }])
  if (same?.taken) throw new ProblemError('already-exists', `There is a key called ${name} already.`)
  const { id, key } = await createKey(tx, { name, role })
  if (expiresAt) await tx.$executeRaw`update credential set expires_at = ${expiresAt} where id = ${id}`
  return { ...(await getKey(tx, id)), key }
}

/**
 * From now on the key opens nothing. In a transaction.
 * @throws ProblemError not-found; in-use for the last key of an administrator that is for good
 */
export async function endKey(tx: Db, ref: string): Promise<{ before: PublicKey; changed: boolean }> {
  await lockKeys(tx)
  const before = await getKey(tx, ref)
  if (before.revokedAt !== null) return { before, changed: false }
  if (before.role === 'admin' && !before.local) {
    const others = await tx.$queryRaw<unknown[]>`
      select 1 from credential where kind = 'key' and role = 'admin' and scope is null and revoked_at is null
         and expires_at is null and id <> ${before.id} limit 1`
    if (others.length === 0)
      throw new ProblemError(
        'in-use',
        `${before.name} is the last administrator's key that does not expire. Make another one first.`,
      )
  }
  await tx.$executeRaw`update credential set revoked_at = clock_timestamp() where id = ${before.id}`
  return { before, changed: true }
}
