import { join } from 'node:path'
import { ProblemError, Sha256 } from '@eims/contracts'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import type { BlobStore } from '../images/store.ts'

/** Seam 2: chunks and manifests by digest. The files lie so that any web server could serve them in our place. */
export async function blobRoutes(app: FastifyInstance, store: Pick<BlobStore, 'directory'>): Promise<void> {
  await app.register(fastifyStatic, { root: join(store.directory, 'sha256'), serve: false })
  app.get(
    '/blobs/:digest',
    { config: { listener: 'open' }, exposeHeadRoute: false, schema: { hide: true } },
    (request, reply) => {
      const digest = Sha256.safeParse((request.params as { digest: string }).digest)
      if (!digest.success) throw new ProblemError('not-found', 'that is not the digest of a blob')
      return reply.sendFile(`${digest.data.slice(0, 2)}/${digest.data}`, {
        immutable: true,
        maxAge: '365d',
        cacheControl: true,
      })
    },
  )
}
