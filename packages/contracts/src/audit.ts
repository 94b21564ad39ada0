import { z } from 'zod'
import { named } from './component.ts'

/** Who changed what, and why; what it was before and after. */
export const AuditRecord = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** name of the key, or `eims` for what the service does by itself */
  actor: z.string(),
  /** e.g. `node.reprovision` */
  action: z.string(),
  /** id of what was changed; of an import its own */
  subject: z.string(),
  /** its name right after the change, of what was removed the last one; of an import its file's, null without one */
  subjectName: z.string().nullable(),
  reason: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
})
export type AuditRecord = z.infer<typeof AuditRecord>

named({ AuditEntry: AuditRecord })
