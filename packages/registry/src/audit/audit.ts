import type { Db } from '../database/database.ts'
import { appendChange } from '../events/changes.ts'
import { Prisma } from '../generated/client.ts'

/** What the event stream tells besides: of nodes and images it hears by events of their own. */
const told = {
  'site.change': 'site.changed',
  'batch.add': 'batch.created',
  'batch.replace': 'batch.changed',
  'batch.delete': 'batch.deleted',
  'profile.add': 'profile.created',
  'profile.replace': 'profile.changed',
  'profile.delete': 'profile.deleted',
  'account.add': 'account.created',
  'account.replace': 'account.changed',
  'account.delete': 'account.deleted',
  'key.add': 'key.created',
  'key.revoke': 'key.revoked',
  'registry.restore': 'registry.restored',
} as const

interface Entry {
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

export type AuditEntry = Entry &
  (
    | { action: keyof typeof told /** what was changed, for the event stream */; of: { id: string; name: string } }
    | { action: `node.${string}` | `image.${string}` | 'registry.backup' }
  )

/**
 * Writes down who changed what, and why, and lets the event stream tell it; in the transaction of the change. Secrets do
 * not belong in it.
 */
export async function audit(db: Db, entry: AuditEntry): Promise<void> {
  if (!('of' in entry)) return write(db, entry)
  const { actor, action, of } = entry
  await db.$transaction(async (tx) => {
    await write(tx, entry)
    await appendChange(tx, told[action], of, `by ${actor}`)
  })
}

async function write(db: Db, entry: Entry): Promise<void> {
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
