import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

/** Everything is of this server, nothing is written into the page, and nobody frames it. */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** What deploy/dashboard/build.ts says of the pages that it built. */
const Manifest = z.object({
  format: z.literal(2),
  pages: z.record(z.string().startsWith('/'), z.string().regex(/^[\w-]+\.html$/)),
})

/** The dashboard's built files. */
export interface Dashboard {
  /** answers `/` with its document */
  send: (request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

/**
 * Serves the built dashboard below `folder` to administrators: its assets, and at the address of each page its document.
 * Assets have their content's hash in their names and are kept by browsers for good; a document is asked for anew.
 * @returns what `/` is answered with; null: none is built there
 */
export async function serveDashboard(app: FastifyInstance, folder: string): Promise<Dashboard | null> {
  const file = join(folder, 'manifest.json')
  if (!existsSync(file)) return null
  const { pages } = Manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
  const config = { listener: 'admin', role: 'anyone', untold: true } as const
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...config }
    })
    scope.addHook('onSend', async (_, reply) => {
      reply.header('x-content-type-options', 'nosniff')
    })
    await scope.register(fastifyStatic, {
      root: join(folder, 'files/assets'),
      prefix: '/assets/',
      decorateReply: false,
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '365d',
      schemaHide: true,
    })
  })
  const texts = new Map(
    [...new Set(Object.values(pages))].map((name) => [name, readFileSync(join(folder, 'files', name), 'utf8')]),
  )
  const sending = (document: string) => (_: FastifyRequest, reply: FastifyReply) =>
    reply
      .header('cache-control', 'no-cache')
      .header('content-security-policy', CSP)
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('permissions-policy', 'camera=(), microphone=(), geolocation=()')
      .type('text/html; charset=utf-8')
      .send(texts.get(document))
  for (const [url, document] of Object.entries(pages))
    if (url !== '/')
      app.get(url, { config, exposeHeadRoute: false, schema: { hide: true } }, async (request, reply) =>
        sending(document)(request, reply),
      )
  return { send: sending(pages['/'] ?? 'index.html') }
}
