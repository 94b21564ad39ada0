import type { ChangeKind } from '@eims/contracts'
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
  'addon.add': 'addon.created',
  'addon.replace': 'addon.changed',
  'addon.delete': 'addon.deleted',
  'workflow.add': 'workflow.created',
  'workflow.replace': 'workflow.changed',
  'workflow.delete': 'workflow.deleted',
  'account.add': 'account.created',
  'account.replace': 'account.changed',
  'account.delete': 'account.deleted',
  'secret.add': 'secret.created',
  'secret.change': 'secret.changed',
  'secret.delete': 'secret.deleted',
  'key.add': 'key.created',
  'key.revoke': 'key.revoked',
  'webhook.add': 'webhook.created',
  'webhook.change': 'webhook.changed',
  'webhook.delete': 'webhook.deleted',
  'webhook.test': 'webhook.tested',
  'import.cancel': 'import.cancelled',
  'import.undo': 'import.undone',
  'registry.restore': 'registry.restored',
} as const satisfies Record<string, ChangeKind>

interface AuditEntry {
  /** name of the key, or `eims` for what the service does by itself */
  actor: string
  /** e.g. `node.reprovision` */
  action: keyof typeof told | `node.${string}` | `image.${string}` | 'registry.backup' | 'session.begin'
  /** what was changed: its id, and its name right after the change, of what was removed the last one */
  of: { id: string; name: string }
  reason?: string | null
  before?: unknown
  after?: unknown
}

/**
 * Writes down who changed what, and why, and lets the event stream tell it; in the transaction of the change. Secrets do
 * not belong in it.
 */
export async function audit(db: Db, entry: AuditEntry): Promise<void> {
  const { actor, action, of } = entry
  if (!isTold(action)) return write(db, [entry])
  await db.$transaction(async (tx) => {
    await write(tx, [entry])
    await appendChange(tx, told[action], of, `by ${actor}`)
  })
}

const isTold = (action: string): action is keyof typeof told => action in told

/** One of a node, whose events tell the stream. */
export type NodeEntry = AuditEntry & { action: `node.${string}` }

/** The same of many nodes by one statement. */
export const auditNodes = (db: Db, entries: NodeEntry[]): Promise<void> => write(db, entries)

const write = async (db: Db, entries: AuditEntry[]) => void (await db.$executeRaw(auditSql(entries)))

/** PURE: the statement that writes down entries of which the event stream is told by other events. */
export function auditSql(entries: AuditEntry[]): Prisma.Sql {
  const rows = entries.map(({ of, ...entry }) => ({ ...entry, subject: of.id, name: of.name }))
  return Prisma.sql`
    insert into audit (actor, action, subject, subject_name, reason, before, after)
    select a.actor, a.action, a.subject, a.name, a.reason, a.before, a.after
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as a (actor text, action text, subject text, name text, reason text, before jsonb, after jsonb)`
}
