import type { IncomingHttpHeaders } from 'node:http'
import type { BlockList } from 'node:net'
import type { Readable } from 'node:stream'
import { ProblemError, publishedAt, type Reason } from '@eims/contracts'
import type { BlobStore } from '@eims/image'
import {
  audit,
  checkImageName,
  deleteImage,
  getImage,
  getSite,
  listImages,
  patchImage,
  type Registry,
} from '@eims/registry'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { barredAddresses } from '../images/barred-addresses.ts'
import { urlSource } from '../images/from-url.ts'
import type { ImageJobs } from '../images/jobs.ts'
import type { Siblings } from '../images/siblings.ts'
import type { Uploads } from '../images/uploads.ts'
import { checkIfMatch } from './etag.ts'
import { piecesOf } from './pieces-of.ts'
import { serve } from './routes.ts'

export interface ImageRoutes {
  registry: Registry
  jobs: ImageJobs
  uploads: Uploads
  store: BlobStore
  /** who may have chunks that are not here; left out: nobody */
  siblings?: Siblings
  /** where URLs may not lead; left out: `barredAddresses` */
  barred?: BlockList
}

export async function imageRoutes(
  app: FastifyInstance,
  { registry, jobs, uploads, barred = barredAddresses() }: ImageRoutes,
): Promise<void> {
  const { db } = registry
  serve(app, 'listImages', ({ query }) => listImages(db, query))
  serve(app, 'getImage', ({ params }) => getImage(db, params.id))
  serve(app, 'addImage', async ({ body, request }) => {
    const { path, url, caCertificate, ...rest } = body
    const described = { ...rest, sourceUrl: rest.sourceUrl ?? (url === undefined ? undefined : publishedAt(url)) }
    const { architecture } = body
    const source = path ?? (await urlSource(db, { url: url!, architecture, caCertificate, barred }))
    const { image } = await jobs.start(described, source)
    const after = { ...described, ...(url === undefined ? { path } : { url: publishedAt(url) }) }
    await audit(db, { actor: request.actor, action: 'image.add', of: image, after })
    return image
  })
  serve(app, 'patchImage', ({ params, body, request }) =>
    registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'image', params.id)
      const before = await getImage(tx, params.id)
      const after = await patchImage(tx, before.id, body)
      await audit(tx, { actor: request.actor, action: 'image.change', of: after, before, after })
      return after
    }),
  )
  // Only here does a body arrive as a stream, without a limit but the disk.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    serve(scope, 'uploadImage', async ({ query, request }) => {
      const { image, done } = await jobs.start(query, fileOf(request), lengthOf(request.headers))
      const fault = await done
      if (fault) {
        // a profile of the image that failed before keeps it
        await deleteImage(db, image.id).catch(unlessRefused)
        throw fault
      }
      const after = await getImage(db, image.id)
      await audit(db, { actor: request.actor, action: 'image.upload', of: image, after })
      return after
    })
    serve(scope, 'sendUpload', ({ params, query, request }) => uploads.append(params.id, query.offset, fileOf(request)))
  })
  serve(app, 'beginUpload', async ({ body }) => {
    await checkImageName(db, body.name)
    return uploads.begin(body)
  })
  serve(app, 'listUploads', () => uploads.list())
  serve(app, 'getUpload', ({ params }) => uploads.get(params.id))
  serve(app, 'finishUpload', async ({ params, request }) => {
    const image = await uploads.finish(params.id)
    await audit(db, { actor: request.actor, action: 'image.upload', of: image, after: image })
    return image
  })
  serve(app, 'deleteUpload', ({ params }) => uploads.remove(params.id))
  serve(app, 'deleteImage', async ({ params, request }) => {
    const before = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'image', params.id)
      const image = await getImage(tx, params.id)
      await deleteImage(tx, image.id)
      await audit(tx, { actor: request.actor, action: 'image.delete', of: image, before: image })
      return image
    })
    const stopped = await jobs.cancel(before.id, cancelledBy(request.actor))
    return { stopped, ...(await jobs.forget(before)) }
  })
  serve(app, 'cancelImage', async ({ params, request }) => {
    const before = await getImage(db, params.id)
    if (before.state !== 'converting')
      throw new ProblemError('wrong-state', `Image ${before.name} is ${before.state}: there is no conversion to end.`)
    if (!(await jobs.cancel(before.id, cancelledBy(request.actor))))
      throw new ProblemError('wrong-state', `Image ${before.name} is converted by another server: ask that one.`)
    const after = await getImage(db, before.id)
    await audit(db, { actor: request.actor, action: 'image.cancel', of: before, before, after })
    return after
  })
  serve(app, 'pruneImages', async ({ body, request }) => {
    const pruned = await jobs.prune(body.dryRun)
    if (!body.dryRun)
      await audit(db, { actor: request.actor, action: 'image.prune', of: await getSite(db), after: pruned })
    return pruned
  })
}

/** Throws `unsupported-media-type` when there is no body. */
function fileOf({ body }: FastifyRequest): AsyncIterable<Uint8Array> {
  if (!body) throw new ProblemError('unsupported-media-type', 'send the file as application/octet-stream')
  return piecesOf(body as Readable)
}

const lengthOf = ({ 'content-length': length }: IncomingHttpHeaders) => (length === undefined ? null : Number(length))

function unlessRefused(error: unknown): void {
  if (!(error instanceof ProblemError)) throw error
}

const cancelledBy = (by: string): Reason => ({ code: 'conversion-cancelled', slots: { by } })
