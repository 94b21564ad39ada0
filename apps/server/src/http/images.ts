import type { Readable } from 'node:stream'
import { ProblemError } from '@eims/contracts'
import { audit, deleteImage, getImage, listImages, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import type { ImageJobs } from '../images/jobs.ts'
import type { BlobStore } from '../images/store.ts'
import { serve } from './routes.ts'

export interface ImageRoutes {
  registry: Registry
  jobs: ImageJobs
  store: BlobStore
}

export async function imageRoutes(app: FastifyInstance, { registry, jobs }: ImageRoutes): Promise<void> {
  const { db } = registry
  serve(app, 'listImages', ({ query }) => listImages(db, query))
  serve(app, 'getImage', ({ params }) => getImage(db, params.id))
  serve(app, 'addImage', async ({ body, request }) => {
    const { path, ...described } = body
    const { image } = await jobs.start(described, path)
    await audit(db, { actor: request.actor, action: 'image.add', subject: image.name, after: { path } })
    return image
  })
  // Only here does a body arrive as a stream, without a limit but the disk.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    serve(scope, 'uploadImage', async ({ query, request }) => {
      if (!request.body) throw new ProblemError('unsupported-media-type', 'send the file as application/octet-stream')
      const { image, done } = await jobs.start(query, request.body as Readable)
      const fault = await done
      if (fault) {
        await deleteImage(db, image.id)
        throw fault
      }
      await audit(db, { actor: request.actor, action: 'image.upload', subject: image.name })
      return getImage(db, image.id)
    })
  })
  serve(app, 'deleteImage', async ({ params, request }) =>
    registry.transaction(async (tx) => {
      await deleteImage(tx, params.id)
      await audit(tx, { actor: request.actor, action: 'image.delete', subject: params.id })
      return null
    }),
  )
}
