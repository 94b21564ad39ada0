import type { AuditRecord } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { auditListing } from '../listing/tables.ts'

/** Newest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listAudit(db: Db, page: Page): Promise<Listed<AuditRecord>> {
  const found = await listIds(db, auditListing, page)
  const rows = await db.audit.findMany({ where: { id: { in: found.ids.map(BigInt) } } })
  return listed(
    found,
    rows,
    (row) => String(row.id),
    ({ id, at, ...rest }) => ({ ...rest, id: String(id), at: at.toISOString() }),
  )
}
