import { Readable } from 'node:stream'
import { BackupQuery, ProblemError, routes } from '@eims/contracts'
import type { BlobStore } from '@eims/image'
import { audit, getSite, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { restoreFrom } from '../backup/read.ts'
import { backupOf } from '../backup/write.ts'
import { piecesOf } from './pieces-of.ts'
import { serve } from './routes.ts'

interface BackupRoutes {
  registry: Registry
  store: BlobStore
  version: string
  serverId: () => string
  now: () => number
  /** the registry is another one now, and nothing that this process keeps in memory belongs to it */
  onRestored: (why: string) => void
}

export async function backupRoutes(app: FastifyInstance, { onRestored, ...given }: BackupRoutes): Promise<void> {
  const { db, url } = given.registry
  const parts = { ...given, url }
  const { path, produces } = routes.makeBackup
  app.get(
    path,
    {
      config: { listener: 'admin', role: 'admin' },
      exposeHeadRoute: false,
      schema: { querystring: BackupQuery },
    },
    async (request, reply) => {
      const { images } = request.query as { images: 'true' | 'false' }
      const of = await getSite(db)
      await audit(db, { actor: request.actor, action: 'registry.backup', of, after: { images } })
      const pieces = backupOf(parts, { images: images === 'true' })
      // The first piece is made before the reply begins: a database that is down is an error, not half a file.
      const first = await pieces.next()
      async function* all() {
        if (!first.done) yield first.value
        yield* pieces
      }
      return reply.type(produces).send(Readable.from(all()))
    },
  )
  const { consumes, alsoConsumes } = routes.restoreBackup
  let busy = false
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser([consumes, ...alsoConsumes], (_request, payload, done) => done(null, payload))
    serve(scope, 'restoreBackup', async ({ query, request, reply }) => {
      if (!request.body) throw new ProblemError('unsupported-media-type', 'send the backup as application/x-tar')
      if (busy) throw new ProblemError('wrong-state', 'a restore is under way')
      busy = true
      const pieces = piecesOf(request.body as Readable)
      try {
        const choice = { force: query.force === 'true', hold: query.hold === 'true' }
        const report = await restoreFrom(pieces, { ...given, serverId: given.serverId() }, choice)
        const of = await getSite(db)
        await audit(db, { actor: request.actor, action: 'registry.restore', of, after: report })
        reply.raw.once('close', () => onRestored('the registry was restored from a backup; start the service again'))
        return report
      } finally {
        busy = false
        await pieces.return?.()
      }
    })
  })
}
