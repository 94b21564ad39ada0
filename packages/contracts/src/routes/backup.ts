import { BackupEnd, BackupQuery, RestoreQuery, RestoreReport } from '../backup.ts'
import { define } from './shape.ts'

export const backupRoutes = define({
  makeBackup: {
    method: 'GET',
    path: '/api/v1/backup',
    listener: 'admin',
    role: 'admin',
    summary: 'The registry and its images, as they are at this moment, as a tar archive',
    query: BackupQuery,
    produces: 'application/x-tar',
    reply: BackupEnd,
  },
  restoreBackup: {
    method: 'POST',
    path: '/api/v1/restore',
    listener: 'admin',
    role: 'admin',
    summary: 'Put a backup in the place of the registry; the service ends afterwards and is to be started again',
    query: RestoreQuery,
    consumes: 'application/x-tar',
    alsoConsumes: ['application/octet-stream'],
    reply: RestoreReport,
  },
})
