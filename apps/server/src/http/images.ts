import type { Readable } from 'node:stream'
import { ProblemError } from '@eims/contracts'
import { audit, type Db, deleteImage, getImage, getSite, listImages, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { MOST_DISK_BYTES } from '../images/convert.ts'
import { fetchUrl } from '../images/fetch-url.ts'
import type { ImageJobs } from '../images/jobs.ts'
import type { BlobStore } from '../images/store.ts'
import { checkIfMatch } from './etag.ts'
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
    const { path, url, caCertificate, ...described } = body
    const { image } = await jobs.start(described, path ?? (await urlSource(db, { url: url!, caCertificate })))
    const after = { ...described, ...(url === undefined ? { path } : { url: withoutSecrets(url) }) }
    await audit(db, { actor: request.actor, action: 'image.add', of: image, after })
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
      const after = await getImage(db, image.id)
      await audit(db, { actor: request.actor, action: 'image.upload', of: image, after })
      return after
    })
  })
  serve(app, 'deleteImage', async ({ params, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'image', params.id)
      const before = await getImage(tx, params.id)
      await deleteImage(tx, before.id)
      await audit(tx, { actor: request.actor, action: 'image.delete', of: before, before })
      return null
    }),
  )
}

/** Fetched when its turn comes, in the way that the site's machines reach the world. */
async function urlSource(db: Db, { url, caCertificate }: { url: string; caCertificate: string | undefined }) {
  const { httpProxy, noProxy } = await getSite(db)
  return (signal: AbortSignal) =>
    fetchUrl(url, { httpProxy, noProxy, caCertificate: caCertificate ?? null, maxBytes: MOST_DISK_BYTES }, signal)
}

/** Of a signed URL the query is what opens it. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
