import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { ProblemError, Sha256 } from '@eims/contracts'
import type { BlobStore } from '@eims/image'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Artifacts } from '../artifacts.ts'
import { AMONG_SERVERS, type Siblings } from '../images/siblings.ts'
import { sendWhole } from './send-whole.ts'

const CACHED = 'public, max-age=31536000, immutable'
const caching = { immutable: true, maxAge: '365d', cacheControl: true }

/**
 * Seam 2: chunks and manifests by digest, and archives of tools beside the Micro-OS. The files lie so that any web server
 * could serve them in our place. An agent asks for whole ones; who asks for parts, or for what has changed, is answered
 * by @fastify/static.
 * @param siblings who may have what is not here; left out: nobody
 */
export async function blobRoutes(
  app: FastifyInstance,
  store: Pick<BlobStore, 'directory'>,
  { toolFiles }: Pick<Artifacts, 'toolFiles'>,
  siblings?: Pick<Siblings, 'take'>,
): Promise<void> {
  const root = join(store.directory, 'sha256')
  await app.register(fastifyStatic, { root, serve: false })
  app.get(
    '/blobs/:digest',
    { config: { listener: 'open' }, exposeHeadRoute: false, schema: { hide: true } },
    async (request, reply) => {
      const digest = Sha256.safeParse((request.params as { digest: string }).digest)
      if (!digest.success) throw new ProblemError('not-found', 'that is not the digest of a blob')
      const place = `${digest.data.slice(0, 2)}/${digest.data}`
      if (!isWhole(request)) {
        const tool = toolFiles(digest.data).find((path) => existsSync(path))
        return tool ? reply.sendFile(basename(tool), dirname(tool), caching) : reply.sendFile(place, caching)
      }
      const file = await firstOf([join(root, place), ...toolFiles(digest.data)])
      if (!file) {
        const taken = request.headers[AMONG_SERVERS] === undefined ? await siblings?.take(digest.data) : undefined
        if (taken?.bytes)
          return reply.header('cache-control', CACHED).type('application/octet-stream').send(taken.bytes)
        // Not "there is none": an agent gives up then, and it is to wait for the server that has it.
        if (taken?.away) throw new ProblemError('busy', taken.away)
        throw new ProblemError('not-found', 'there is no blob with this digest')
      }
      try {
        const { size, mtime } = await file.stat()
        reply.hijack()
        reply.raw.writeHead(200, {
          ...(reply.getHeaders() as OutgoingHttpHeaders),
          'content-type': 'application/octet-stream',
          'content-length': size,
          'cache-control': CACHED,
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

async function firstOf(paths: string[]): Promise<FileHandle | null> {
  for (const path of paths) {
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (file) return file
  }
  return null
}

const isWhole = ({ headers }: FastifyRequest): boolean =>
  ['range', 'if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since'].every((name) => !headers[name])
