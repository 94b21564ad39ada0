import { AuditRecord } from '../audit.ts'
import { ListQuery, listOf } from '../list.ts'
import { define } from './shape.ts'

export const auditRoutes = define({
  listAudit: {
    method: 'GET',
    path: '/api/v1/audit',
    listener: 'admin',
    role: 'admin',
    summary: 'Who changed what, newest first',
    query: ListQuery,
    reply: listOf(AuditRecord),
  },
})
