import { type Batch, type BatchInput, withHiddenSecrets } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { batchListing } from '../listing/tables.ts'
import { isAlike } from '../nodes/alike.ts'
import { isSeen } from '../nodes/seen.ts'
import { expectedEnd } from '../overview.ts'
import { meantBy } from './by-ref.ts'
import { withNameTaken } from './conflicts.ts'

interface BatchRow {
  id: string
  name: string
  expected: number | null
  note: string | null
  config: string | null
  config_sha256: string | null
  created_at: Date
  registered: number
  seen: number
  running: number
  passed: number
  failed: number
  alike: number
  last_hour: number
  at: Date
}

/**
 * Batches with their counts, by one statement, in the order of their ids. A unit passed when its OS has reported itself,
 * or when it is written and no report is awaited, because its profile ends with poweroff or hold.
 */
async function readBatches(db: Db, where: Prisma.Sql, limit: number): Promise<Batch[]> {
  const rows = await db.$queryRaw<BatchRow[]>`
    with page as (select b.* from batch b where ${where} order by b.id limit ${limit}::bigint)
    select b.id, b.name, b.expected, b.note, b.config, b.created_at,
           (select encode(sha256(s.signing_key || convert_to(b.config, 'UTF8')), 'hex') from site s
             where s.id = b.site_id) as config_sha256,
           count(n.id)::int as registered,
           (count(n.id) filter (where ${isSeen}))::int as seen,
           (count(n.id) filter (where n.id in (
              select r.node_id from run r where r.state in ('PENDING', 'RUNNING'))))::int as running,
           (count(n.id) filter (where i.state = 'RUNNING'
              or i.state = 'PROVISIONED' and i.phone_home_due_at is null))::int as passed,
           (count(n.id) filter (where i.state = 'FAILED'))::int as failed,
           (count(n.id) filter (where ${isAlike}))::int as alike,
           (count(n.id) filter (where n.id in (
              select r.node_id from run r where r.state = 'SUCCEEDED'
                 and r.ended_at > statement_timestamp() - interval '1 hour')))::int as last_hour, clock_timestamp() as at
      from page b left join node n on n.batch_id = b.id
      left join instance i on i.node_id = n.id and i.ended_at is null
     group by b.id, b.site_id, b.name, b.expected, b.note, b.config, b.created_at order by b.id`
  return rows.map(({ created_at, id, name, expected, note, config, config_sha256, last_hour, at, ...counts }) => {
    const all = expected ?? counts.registered
    const left = Math.max(0, all - counts.passed)
    return {
      id,
      name,
      expected,
      note,
      config: config && withHiddenSecrets(config),
      configSha256: config_sha256,
      createdAt: created_at.toISOString(),
      counts: { expected, ...counts, missing: Math.max(0, all - counts.seen) },
      pace: { lastHour: last_hour, left, expectedEnd: expectedEnd(at, left, last_hour) },
    }
  })
}

/** By id or name. @throws ProblemError not-found */
export async function getBatch(db: Db, ref: string): Promise<Batch> {
  const batches = await readBatches(db, Prisma.sql`(b.id = ${ref} or b.name = ${ref})`, 2)
  return await meantBy(db, ref, batches, 'batch')
}

/** Those of these ids or names, in that order. @throws ProblemError not-found */
export async function batchesOf(db: Db, refs: readonly string[]): Promise<Batch[]> {
  const found = await readBatches(
    db,
    Prisma.sql`(b.id = any(${refs}::text[]) or b.name = any(${refs}::text[]))`,
    2 * refs.length,
  )
  const meant = (ref: string) =>
    meantBy(
      db,
      ref,
      found.filter(({ id, name }) => id === ref || name === ref),
      'batch',
    )
  return Promise.all(refs.map(meant))
}

/** So many, the newest first. */
export async function newestBatches(db: Db, most: number): Promise<Batch[]> {
  const newest = Prisma.sql`b.id in (select x.id from batch x order by x.created_at desc, x.id desc limit ${most}::bigint)`
  return (await readBatches(db, newest, most)).reverse()
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listBatches(db: Db, page: Page): Promise<Listed<Batch>> {
  const found = await listIds(db, batchListing, page)
  const batches = await readBatches(db, Prisma.sql`b.id = any(${found.ids}::text[])`, found.ids.length)
  return listed(
    found,
    batches,
    (batch) => batch.id,
    (batch) => batch,
  )
}

const columnsOf = ({ config, ...rest }: BatchInput) => ({ ...rest, ...(config === undefined ? {} : { config }) })

/** @throws ProblemError already-exists */
export async function createBatch(db: Db, siteId: string, input: BatchInput): Promise<Batch> {
  const id = newId()
  await withNameTaken('a batch', input.name, () =>
    db.batch.create({ data: { id, siteId, ...columnsOf(input) }, select: { id: true } }),
  )
  return getBatch(db, id)
}

/** @throws ProblemError not-found, already-exists */
export async function replaceBatch(db: Db, ref: string, input: BatchInput): Promise<Batch> {
  const { id } = await getBatch(db, ref)
  await withNameTaken('a batch', input.name, () =>
    db.batch.update({ where: { id }, data: columnsOf(input), select: { id: true } }),
  )
  return getBatch(db, id)
}

/** Its nodes stay, without a batch. @throws ProblemError not-found */
export async function deleteBatch(db: Db, ref: string): Promise<Batch> {
  const batch = await getBatch(db, ref)
  await db.batch.deleteMany({ where: { id: batch.id } })
  return batch
}
