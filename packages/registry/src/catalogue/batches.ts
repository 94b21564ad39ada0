import type { Batch, BatchInput } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { batchListing } from '../listing/tables.ts'
import { isAlike } from '../nodes/alike.ts'
import { meantBy } from './by-ref.ts'
import { withNameTaken } from './conflicts.ts'

interface BatchRow {
  id: string
  name: string
  expected: number | null
  note: string | null
  created_at: Date
  registered: number
  seen: number
  running: number
  passed: number
  failed: number
  alike: number
}

/**
 * Batches with their counts, by one statement, in the order of their ids. A unit passed when its OS has reported itself,
 * or when it is written and no report is awaited, because its profile ends with poweroff or hold.
 */
async function readBatches(db: Db, where: Prisma.Sql, limit: number): Promise<Batch[]> {
  const rows = await db.$queryRaw<BatchRow[]>`
    with page as (select b.* from batch b where ${where} order by b.id limit ${limit}::bigint)
    select b.id, b.name, b.expected, b.note, b.created_at,
           count(n.id)::int as registered,
           (count(n.id) filter (where n.last_seen_at is not null or ${firmwareHeard}))::int as seen,
           (count(n.id) filter (where exists (
              select 1 from run r where r.node_id = n.id and r.state in ('PENDING', 'RUNNING'))))::int as running,
           (count(n.id) filter (where i.state = 'RUNNING'
              or i.state = 'PROVISIONED' and i.phone_home_due_at is null))::int as passed,
           (count(n.id) filter (where i.state = 'FAILED'))::int as failed,
           (count(n.id) filter (where ${isAlike}))::int as alike
      from page b left join node n on n.batch_id = b.id
      left join instance i on i.node_id = n.id and i.ended_at is null
     group by b.id, b.name, b.expected, b.note, b.created_at order by b.id`
  return rows.map(({ created_at, id, name, expected, note, ...counts }) => ({
    id,
    name,
    expected,
    note,
    createdAt: created_at.toISOString(),
    counts: { expected, ...counts, missing: Math.max(0, (expected ?? counts.registered) - counts.seen) },
  }))
}

/** Its firmware was answered, or asked by one of its MACs, though no agent of it came. */
const firmwareHeard = Prisma.sql`(
  exists (select 1 from event e where e.node_id = n.id and e.kind = 'boot.decision')
  or exists (select 1 from node_identifier m join event e on e.mac = m.value where m.node_id = n.id and m.kind = 'mac'))`

/** By id or name. @throws ProblemError not-found */
export async function getBatch(db: Db, ref: string): Promise<Batch> {
  const batches = await readBatches(db, Prisma.sql`(b.id = ${ref} or b.name = ${ref})`, 2)
  return await meantBy(db, ref, batches, 'batch')
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

/** @throws ProblemError already-exists */
export async function createBatch(db: Db, siteId: string, input: BatchInput): Promise<Batch> {
  const id = newId()
  await withNameTaken('a batch', input.name, () =>
    db.batch.create({ data: { id, siteId, ...input }, select: { id: true } }),
  )
  return getBatch(db, id)
}

/** @throws ProblemError not-found, already-exists */
export async function replaceBatch(db: Db, ref: string, input: BatchInput): Promise<Batch> {
  const { id } = await getBatch(db, ref)
  await withNameTaken('a batch', input.name, () =>
    db.batch.update({ where: { id }, data: input, select: { id: true } }),
  )
  return getBatch(db, id)
}

/** Its nodes stay, without a batch. @throws ProblemError not-found */
export async function deleteBatch(db: Db, ref: string): Promise<Batch> {
  const batch = await getBatch(db, ref)
  await db.batch.deleteMany({ where: { id: batch.id } })
  return batch
}
