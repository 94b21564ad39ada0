import { z } from 'zod'
import { ExportQuery, ImportProgress, ImportQuery, ImportReport } from '../import.ts'
import { define, id } from './shape.ts'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

export const importsRoutes = define({
  importNodes: {
    method: 'POST',
    path: '/api/v1/imports',
    listener: 'admin',
    role: 'operator',
    summary: 'Register the machines of a CSV or .xlsx file (its own media type, or multipart/form-data with one file)',
    consumes: 'text/csv',
    alsoConsumes: [XLSX, 'multipart/form-data'],
    query: ImportQuery,
    reply: ImportReport,
  },
  getImport: {
    method: 'GET',
    path: '/api/v1/imports/:id',
    listener: 'admin',
    role: 'viewer',
    summary: 'How far an import is, and its report when it is done',
    params: id,
    reply: ImportProgress,
  },
  cancelImport: {
    method: 'POST',
    path: '/api/v1/imports/:id/cancel',
    listener: 'admin',
    role: 'operator',
    summary: 'End an import before it has written anything; the reply, given at its end, says what became of it',
    params: id,
    reply: ImportProgress,
  },
  getImportErrors: {
    method: 'GET',
    path: '/api/v1/imports/:id/errors.csv',
    listener: 'admin',
    role: 'viewer',
    summary: 'The rows of an import with their reasons, to be mended and imported again (text/csv)',
    params: id,
    reply: z.string(),
    produces: 'text/csv',
  },
  exportNodes: {
    method: 'GET',
    path: '/api/v1/export.csv',
    listener: 'admin',
    role: 'viewer',
    summary: 'Registered nodes as CSV that can be imported again (text/csv)',
    query: ExportQuery,
    reply: z.string(),
    produces: 'text/csv',
  },
})
