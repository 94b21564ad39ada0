import { z } from 'zod'
import { ExportQuery, ImportQuery, ImportReport } from '../import.ts'
import { ImportProgress, ImportRecord, ImportUndo, UndoQuery } from '../import-history.ts'
import { ListQuery, listOf } from '../list.ts'
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
  listImports: {
    method: 'GET',
    path: '/api/v1/imports',
    listener: 'admin',
    role: 'viewer',
    summary: 'The history of imports, newest first',
    query: ListQuery,
    reply: listOf(ImportRecord),
  },
  getImport: {
    method: 'GET',
    path: '/api/v1/imports/:id',
    listener: 'admin',
    role: 'viewer',
    summary:
      'How far an import is or what came of it, also long after; its id, or eight or more characters of its beginning',
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
  undoImport: {
    method: 'POST',
    path: '/api/v1/imports/:id/undo',
    listener: 'admin',
    role: 'operator',
    summary:
      'Take back what an import did to nodes that nobody and no machine has touched since; the others are listed. An operator undoes imports of their own key, an administrator every one',
    params: id,
    query: UndoQuery,
    reply: ImportUndo,
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
