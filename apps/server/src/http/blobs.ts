import { open } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { ProblemError, Sha256 } from '@eims/contracts'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { BlobStore } from '../images/store.ts'
import { sendWhole } from './send-whole.ts'

const caching = { immutable: true, maxAge: '365d', cacheControl: true }

/**
 * Seam 2: chunks and manifests by digest. The files lie so that any web server could serve them in our place. An agent asks for
 * whole ones; who asks for parts, or for what has changed, is answered by @fastify/static.
 */
export async function blobRoutes(app: FastifyInstance, store: Pick<BlobStore, 'directory'>): Promise<void> {
  const root = join(store.directory, 'sha256')
  await app.register(fastifyStatic, { root, serve: false })
  app.get(
    '/blobs/:digest',
    { config: { listener: 'open' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      const digest = Sha256.safeParse((request.params as { digest: string }).digest)
      if (!digest.success) throw new ProblemError('not-found', 'that is not the digest of a blob')
      const place = `${digest.data.slice(0, 2)}/${digest.data}`
      if (!isWhole(request)) return reply.sendFile(place, caching)
      const file = await open(join(root, place)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      if (!file) throw new ProblemError('not-found', 'there is no blob with this digest')
      try {
        const { size, mtime } = await file.stat()
        reply.hijack()
        reply.raw.writeHead(200, {
          ...(reply.getHeaders() as OutgoingHttpHeaders),
          'content-type': 'application/octet-stream',
          'content-length': size,
          'cache-control': 'public, max-age=31536000, immutable',
          'accept-ranges': 'bytes',
          'last-modified': mtime.toUTCString(),
        })
        await sendWhole(file, size, reply.raw)
      } finally {
        await file.close()
      }
    },
  )
}

const isWhole = ({ headers }: FastifyRequest): boolean =>
  ['range', 'if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since'].every((name) => !headers[name])
