import { Readable } from 'node:stream'
import { ProblemError, routes } from '@eims/contracts'
import { audit, type Registry } from '@eims/registry'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ImportJobs } from '../imports/jobs.ts'
import { nothingAsked, serve } from './routes.ts'

/** As browsers and curl call a CSV file. */
const types = ['text/csv', 'application/csv', 'application/vnd.ms-excel', 'application/octet-stream']

/** @param onChange after an import that changed the registry: boot services and waiting agents take it over */
export async function importRoutes(
  app: FastifyInstance,
  jobs: ImportJobs,
  registry: Registry,
  onChange: () => Promise<void>,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(types, (_request, payload, done) => done(null, payload))
    await scope.register(multipart, {
      limits: { files: 1, fields: 10, parts: 11, fieldSize: 4096, fileSize: Infinity },
    })
    serve(scope, 'importNodes', async ({ query, request }) => {
      const id = query.id ?? z.uuid().safeParse(request.headers['idempotency-key']).data
      const { body, name } = await fileOf(request)
      const file = query.file ?? name
      const report = await jobs.run(body, { ...query, id, file }, request.actor)
      if (report.committed && report.created + report.updated > 0) await onChange()
      return report
    })
  })
  serve(app, 'getImport', async ({ params }) => jobs.progress(params.id))
  serve(app, 'cancelImport', async ({ params, request }) => {
    const { actor } = request
    const before = jobs.progress(params.id)
    const after = await jobs.cancel(params.id, actor)
    const of = { id: after.id, name: after.id.slice(0, 8) }
    if (after.state === 'cancelled' && before.state !== 'cancelled')
      await audit(registry.db, { actor, action: 'import.cancel', of, before, after })
    return after
  })
  const { path, summary, params } = routes.getImportErrors
  app.get<{ Params: { id: string } }>(
    path,
    {
      config: { listener: 'admin', role: 'viewer' },
      schema: { operationId: 'getImportErrors', summary, tags: ['imports'], params, querystring: nothingAsked },
    },
    async (request, reply) => {
      const { id } = request.params
      const errors = jobs.errors(id)
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="import-errors-${id.slice(0, 8)}.csv"`)
        .send(errors)
    },
  )
}

async function fileOf(request: FastifyRequest): Promise<{ body: Readable; name: string | undefined }> {
  if (!request.isMultipart()) {
    if (!request.body)
      throw new ProblemError('unsupported-media-type', 'send the file as text/csv, or as multipart/form-data')
    return { body: request.body as Readable, name: undefined }
  }
  try {
    const part = await request.file()
    if (!part) throw new ProblemError('invalid-input', 'the form holds no file')
    const name = part.filename?.trim().slice(0, 255).toWellFormed() || undefined
    return { body: Readable.from(readable(part.file), { objectMode: false }), name }
  } catch (error) {
    throw brokenForm(error)
  }
}

async function* readable(file: Readable): AsyncGenerator<Buffer> {
  try {
    yield* file
  } catch (error) {
    throw brokenForm(error)
  }
}

/** What the form's parser ends with has neither a status nor a code. */
function brokenForm(error: unknown): Error {
  if (error instanceof ProblemError) return error
  return new ProblemError('invalid-input', `the form cannot be read: ${(error as Error).message}`)
}
