import { ProblemError, type Role } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { lackOf } from '../database/lack.ts'
import { hashSecret, newSecret } from './secret.ts'

/**
 * Makes a key for the admin API. The text is returned this once: only its hash is kept.
 * @param key.scope the server whose local access it is; none for a person's key
 */
export async function createKey(
  db: Db,
  key: { name: string; role: Role; scope?: string },
): Promise<{ id: string; key: string }> {
  const id = newId()
  const secret = newSecret('eims')
  const { name, role, scope = null } = key
  await db.credential.createMany({ data: [{ id, kind: 'key', name, role, scope, hash: hashSecret(secret) }] })
  return { id, key: secret }
}

/** The first admin key, made once in the life of a database; null when a person's key has ever been made. */
export async function ensureFirstKey(db: Db): Promise<string | null> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('eims first key', 0))`
    if (await tx.credential.findFirst({ where: { kind: 'key', scope: null }, select: { id: true } })) return null
    return (await createKey(tx, { name: 'first-admin', role: 'admin' })).key
  })
}

/** Makes the admin key for root on a server's own machine; an earlier one of the same server ends. */
export async function replaceLocalKey(
  db: Db,
  server: { id: string; hostname: string },
): Promise<{ id: string; key: string }> {
  await db.$executeRaw`delete from credential where kind = 'key' and scope = ${server.id}`
  return createKey(db, { name: `root on ${server.hostname}`, role: 'admin', scope: server.id })
}

interface KeyRow {
  id: string
  name: string
  role: Role
}

/** Whose key it is; null for an unknown, revoked or expired one. One statement, which notes the use at most once a minute. */
export async function findKey(db: Db, key: string): Promise<KeyRow | null> {
  const hash = hashSecret(key)
  const noting = db.$queryRaw<KeyRow[]>`
    with used as (
      update credential set used_at = clock_timestamp()
       where hash = ${hash} and (used_at is null or used_at < clock_timestamp() - interval '1 minute')
    )
    select id, name, role from credential
     where hash = ${hash} and kind = 'key' and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`
  const rows = await noting.catch((error: unknown) => {
    // Whoever only wants to look needs no room on the disk.
    if (lackOf(error) !== 'disk') throw error
    return db.$queryRaw<KeyRow[]>`
      select id, name, role from credential
       where hash = ${hash} and kind = 'key' and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`
  })
  return rows[0] ?? null
}

/** @throws ProblemError not-found */
export async function revokeKey(db: Db, id: string): Promise<void> {
  const count = await db.$executeRaw`
    update credential set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = ${id} and kind = 'key'`
  if (count === 0) throw new ProblemError('not-found', `There is no key ${id}.`)
}

/** A token with which the OS of this instance, and nothing else, may report itself; an earlier one of the instance is known and refused. */
export async function createPhoneHomeToken(db: Db, instanceId: string): Promise<string> {
  const token = newSecret('eims-home')
  await db.$executeRaw`update credential set expires_at = clock_timestamp() where kind = 'phone-home' and scope = ${instanceId}`
  await db.credential.createMany({
    data: [{ id: newId(), kind: 'phone-home', name: 'phone-home', scope: instanceId, hash: hashSecret(token) }],
  })
  return token
}

/**
 * Of which instance a phone-home token is, and on which node; nothing is locked or used up. null for an unknown token.
 * `old`: a newer one took its place.
 */
export async function phoneHomeInstance(
  db: Db,
  token: string,
): Promise<{ id: string; nodeId: string; old: boolean } | null> {
  const rows = await db.$queryRaw<{ id: string; nodeId: string; old: boolean }[]>`
    select i.id, i.node_id as "nodeId", c.expires_at is not null as old from credential c join instance i on i.id = c.scope
     where c.hash = ${hashSecret(token)} and c.kind = 'phone-home'`
  return rows[0] ?? null
}

/**
 * Uses up a phone-home token.
 * @returns the instance; `again` when the token has been used before: the same report after a lost reply, which must
 *          change nothing. null for an unknown token.
 */
export async function usePhoneHomeToken(db: Db, token: string): Promise<{ instanceId: string; again: boolean } | null> {
  const rows = await db.$queryRaw<{ instanceId: string; again: boolean }[]>`
    update credential c
       set used_at = clock_timestamp(), revoked_at = coalesce(c.revoked_at, clock_timestamp())
      from (select id, revoked_at is not null as again from credential
             where hash = ${hashSecret(token)} and kind = 'phone-home' and expires_at is null for update) was
     where c.id = was.id
    returning c.scope as "instanceId", was.again`
  return rows[0] ?? null
}
