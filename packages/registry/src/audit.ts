import type { Db } from './database.ts'
import { Prisma } from './generated/client.ts'

export interface AuditEntry {
  /** name of the key, or `eims` for what the service does by itself */
  actor: string
  /** e.g. `node.reprovision` */
  action: string
  /** id of what was changed */
  subject: string
  reason?: string | null
  before?: unknown
  after?: unknown
}

/** Writes down who changed what, and why; in the transaction of the change. Secrets do not belong in it. */
export async function audit(db: Db, entry: AuditEntry): Promise<void> {
  const json = (value: unknown) =>
    value === undefined || value === null ? Prisma.DbNull : (value as Prisma.InputJsonValue)
  await db.audit.createMany({
    data: [
      {
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        reason: entry.reason ?? null,
        before: json(entry.before),
        after: json(entry.after),
      },
    ],
  })
}
