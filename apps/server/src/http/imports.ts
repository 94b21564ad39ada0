import type { Readable } from 'node:stream'
import { includesRole, ProblemError, routes } from '@eims/contracts'
import { audit, type Registry } from '@eims/registry'
import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ImportJobs } from '../imports/jobs.ts'
import { FORM_LIMITS, readImportForm } from './import-form.ts'
import { piecesOf } from './pieces-of.ts'
import { nothingAsked, serve } from './routes.ts'

/** As browsers and curl call a list, and what is taken for one; what it is, is told by its bytes. */
const types: (string | RegExp)[] = [
  'text/csv',
  'text/plain',
  'text/tab-separated-values',
  'text/html',
  'application/csv',
  'application/octet-stream',
  /^application\/vnd\.(?:ms-excel|openxmlformats-officedocument|oasis\.opendocument)/,
  /^application\/(?:pdf|zip|gzip|x-gzip|x-zip-compressed)(?:;|$)/,
]

/** @param onChange after an import that changed the registry: boot services and waiting agents take it over */
export async function importRoutes(
  app: FastifyInstance,
  jobs: ImportJobs,
  registry: Registry,
  onChange: () => Promise<void>,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    for (const type of types) scope.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
    await scope.register(multipart, { limits: FORM_LIMITS })
    serve(scope, 'importNodes', async ({ query, request }) => {
      if (!request.body && !request.isMultipart())
        throw new ProblemError(
          'unsupported-media-type',
          'send the file as text/csv, as an .xlsx file (application/vnd.openxmlformats-officedocument.spreadsheetml.sheet), or as multipart/form-data',
        )
      const form = request.isMultipart() ? await readImportForm(request) : null
      const id = form?.before.id ?? query.id ?? z.uuid().safeParse(request.headers['idempotency-key']).data
      const options = () => ({ ...query, ...form?.options(), id, file: query.file ?? form?.name })
      const report = await jobs.run(form?.file ?? piecesOf(request.body as Readable), { id, options }, request.actor)
      if (report.committed && report.created + report.updated > 0) await onChange()
      return report
    })
  })
  serve(app, 'listImports', ({ query }) => jobs.list(query))
  serve(app, 'getImport', ({ params }) => jobs.progress(params.id))
  serve(app, 'undoImport', async ({ params, query, request }) => {
    const { actor, role } = request
    const { id, actor: importer } = await jobs.progress(params.id)
    // It removes nodes, as only an administrator does otherwise.
    if (importer !== actor && !(role && includesRole(role, 'admin')))
      throw new ProblemError(
        'forbidden',
        `the import is of "${importer}"; to undo that of another needs the role admin, the key "${actor}" has less`,
      )
    const undo = await jobs.undo(id, { actor, dryRun: query.dryRun === 'true' })
    if (!undo.dryRun && undo.deleted + undo.restored > 0) await onChange()
    return undo
  })
  serve(app, 'cancelImport', async ({ params, request }) => {
    const { actor } = request
    const before = await jobs.progress(params.id)
    const after = await jobs.cancel(params.id, actor)
    const of = { id: after.id, name: after.file ?? after.id }
    if (after.state === 'cancelled' && before.state !== 'cancelled')
      await audit(registry.db, { actor, action: 'import.cancel', of, before, after })
    return after
  })
  const { path, params } = routes.getImportErrors
  app.get<{ Params: { id: string } }>(
    path,
    {
      config: { listener: 'admin', role: 'viewer' },
      schema: { params, querystring: nothingAsked },
    },
    async (request, reply) => {
      const { id } = request.params
      const errors = await jobs.errors(id)
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="import-errors-${id.slice(0, 8)}.csv"`)
        .send(errors)
    },
  )
}
