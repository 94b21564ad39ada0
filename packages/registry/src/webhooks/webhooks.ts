import { randomBytes } from 'node:crypto'
import { type NewWebhook, ProblemError, type Webhook, type WebhookInput, type WebhookPatch } from '@eims/contracts'
import { byRef, meantBy } from '../catalogue/by-ref.ts'
import { withNameTaken } from '../catalogue/conflicts.ts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { eventMark } from '../events/stream.ts'
import type { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { webhookListing } from '../listing/tables.ts'

type Row = Prisma.WebhookModel

/** Each of them reads the events for itself. */
const MOST = 32
/** Events that are looked at for a backlog: a webhook that was away for weeks must not cost a walk through the table. */
const LOOKED_AT = 10_000

async function publicOfRow(db: Db, row: Row): Promise<Webhook> {
  const iso = (at: Date | null) => at?.toISOString() ?? null
  const [counted] = await db.$queryRaw<{ backlog: number }[]>`
    select count(*)::int as backlog
      from (select kind, data from event where id > ${row.cursor} order by id limit ${LOOKED_AT}::bigint) e
     where e.data ->> 'import' is null and (cardinality(${row.kinds}::text[]) = 0 or e.kind like any (${patterns(row.kinds)}::text[]))`
  const { id, name, url, kinds, enabled, attempts, lastFailure } = row
  return {
    id,
    name,
    url,
    kinds,
    enabled,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    cursor: String(row.cursor),
    backlog: counted!.backlog,
    attempts,
    failingSince: iso(row.failingSince),
    lastFailure,
    lastFailureAt: iso(row.lastFailureAt),
    lastSuccessAt: iso(row.lastSuccessAt),
    nextAttemptAt: iso(row.nextAttemptAt),
    givenUpAt: iso(row.givenUpAt),
    disabledWhy: row.disabledWhy,
  }
}

const patterns = (kinds: string[]) => kinds.map((kind) => kind.replace(/\*$/, '%'))

const find = async (db: Db, ref: string): Promise<Row> =>
  meantBy(db, ref, await db.webhook.findMany({ where: byRef(ref) }), 'webhook')

/** It begins with what happens from now on. In a transaction. @throws ProblemError already-exists; in-use: too many */
export async function createWebhook(tx: Db, input: WebhookInput): Promise<NewWebhook> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('eims webhooks', 0))`
  if ((await tx.webhook.count()) >= MOST)
    throw new ProblemError('in-use', `There are ${MOST} webhooks already. Remove one first.`)
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const { id: cursor } = await eventMark(tx)
  const row = await withNameTaken('a webhook', input.name, () =>
    tx.webhook.create({ data: { id: newId(), ...input, secret, cursor } }),
  )
  return { ...(await publicOfRow(tx, row)), secret }
}

/** By id or name. @throws ProblemError not-found */
export const getWebhook = async (db: Db, ref: string): Promise<Webhook> => publicOfRow(db, await find(db, ref))

/** Where it is and what deliveries to it are signed with. @throws ProblemError not-found */
export async function webhookSecret(db: Db, ref: string): Promise<Pick<Row, 'url' | 'secret'>> {
  const { url, secret } = await find(db, ref)
  return { url, secret }
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listWebhooks(db: Db, page: Page): Promise<Listed<Webhook>> {
  const found = await listIds(db, webhookListing, page)
  const rows = await db.webhook.findMany({ where: { id: { in: found.ids } } })
  const items = await Promise.all(rows.map((row) => publicOfRow(db, row)))
  return listed(
    found,
    items,
    ({ id }) => id,
    (item) => item,
  )
}

/**
 * Whoever enables it, or gives it another URL, wants it tried at once: how often it failed is forgotten. Where it was, it
 * goes on. @throws ProblemError not-found, already-exists
 */
export async function patchWebhook(db: Db, ref: string, patch: WebhookPatch): Promise<Webhook> {
  const { id, name, enabled } = await find(db, ref)
  const anew = patch.url !== undefined || (patch.enabled === true && !enabled)
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
  const forgotten = {
    ...(anew ? { attempts: 0, failingSince: null, nextAttemptAt: null, givenUpAt: null } : {}),
    ...(patch.enabled === undefined ? {} : { disabledWhy: null }),
  }
  const row = await withNameTaken('a webhook', patch.name ?? name, () =>
    db.webhook.update({ where: { id }, data: { ...given, ...forgotten, updatedAt: new Date() } }),
  )
  return publicOfRow(db, row)
}

/** @throws ProblemError not-found */
export async function deleteWebhook(db: Db, ref: string): Promise<Webhook> {
  const before = await getWebhook(db, ref)
  await db.webhook.deleteMany({ where: { id: before.id } })
  return before
}
