import { Architecture, BootFailedQuery, Mac, ProblemError, type Reason, worded } from '@eims/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Artifacts } from '../artifacts.ts'
import { storable } from '../storable.ts'
import { baseOf, urlFor } from '../urls.ts'
import type { BootDecider } from './decider.ts'
import { grubRoutes } from './grub-routes.ts'
import { tlsFailure } from './ipxe-errors.ts'
import { type IpxeFiles, ipxeFiles } from './ipxe-files.ts'
import { type Judging, judge } from './judge.ts'
import { bootScript, decisionScript } from './scripts.ts'
import { siteCpio } from './site-cpio.ts'
import { countRequests } from './tally.ts'

export interface BootRoutes extends IpxeFiles, Judging {
  decider: BootDecider
  artifacts: Artifacts
}

const counted = (counts: string) => ({ listener: 'open', counts }) as const
/** scripts and files for firmware are no part of the REST interface */
const hide = true
const seenBy = z.object({ mac: Mac.optional().catch(undefined) })
const microOsParams = z.object({ architecture: Architecture, file: z.enum(['vmlinuz', 'initrd.zst']) })
const siteQuery = z.object({ token: z.string().min(16).max(128), mac: Mac.optional().catch(undefined) })

function failure(stage: BootFailedQuery['stage'], errno: string | undefined): Reason {
  if (stage === 'tls') return tlsFailure(errno)
  if (stage === 'runtime-refused' || stage === 'runtime-missing') return { code: stage, slots: {} }
  return { code: 'ipxe-download-failed', slots: { stage, errno: errno?.toLowerCase() ?? null } }
}

/** To iPXE a script that does nothing, to GRUB a comment. */
const NOTED = '#!ipxe\n'

const text = (reply: FastifyReply, script: string) =>
  reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(script)

/**
 * Everything a machine fetches before its agent runs. HEAD is off where it would open a session; what GRUB fetches has it, for
 * that asks for each file's size first when UEFI's own HTTP brings it (grub-core/net/efi/http.c of Debian's).
 */
export function bootRoutes(app: FastifyInstance, parts: BootRoutes): void {
  const { decider, artifacts, door } = parts
  const { record } = decider
  const decide = judge(parts)
  countRequests(app, (address, name) => parts.count(address, name))
  ipxeFiles(app, parts)
  grubRoutes(app, parts, decide)

  /** The gate once more, for a machine that had its script before the gate was closed. */
  function checkGate({ ip }: FastifyRequest, mac: string | undefined): void {
    const closed = decider.gate(mac ?? null, ip)
    if (closed) throw new ProblemError('netboot-refused', closed.reason)
  }

  app.get('/boot.ipxe', { config: counted('boot'), exposeHeadRoute: false, schema: { hide } }, async (request, reply) =>
    text(reply, bootScript({ scriptUrl: urlFor(baseOf(request), '/boot/script') })),
  )

  app.get(
    '/boot/script',
    { config: counted('script'), exposeHeadRoute: false, schema: { hide } },
    async (request, reply) => text(reply, await decide(request, reply, decisionScript)),
  )

  app.route({
    method: ['GET', 'HEAD'],
    url: '/boot/:architecture/:file',
    config: counted('micro-os'),
    schema: { hide, params: microOsParams, querystring: seenBy },
    handler: async (request, reply) => {
      const { architecture, file } = request.params as z.output<typeof microOsParams>
      const { mac } = request.query as z.output<typeof seenBy>
      checkGate(request, mac)
      const found = artifacts.microOsFile(architecture, file)
      if (!artifacts.microOs().includes(architecture))
        throw new ProblemError('not-found', `there is no Micro-OS for ${architecture}`)
      reply.header('content-length', found.size()).type('application/octet-stream')
      if (request.method === 'HEAD') return reply.send()
      if (mac)
        record(worded({ kind: file === 'vmlinuz' ? 'boot.kernel' : 'boot.initrd', mac, data: { file, architecture } }))
      return reply.send(found.stream())
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/boot/site.cpio',
    config: counted('site'),
    schema: { hide, querystring: siteQuery },
    handler: async (request, reply) => {
      const { token, mac } = request.query as z.output<typeof siteQuery>
      checkGate(request, mac)
      const site = await door.pass(request, mac ?? null, () => decider.siteParameters(token, baseOf(request)))
      if (!site) throw new ProblemError('not-found', 'this boot token opens no session, or it is over')
      const cpio = siteCpio(site)
      reply.type('application/octet-stream').header('cache-control', 'no-store')
      // Of whatever second it is made, it is as long.
      if (request.method === 'HEAD') return reply.header('content-length', cpio.length).send()
      if (mac) record(worded({ kind: 'boot.site', mac }))
      return reply.send(cpio)
    },
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/boot/failed',
    config: counted('failed'),
    schema: { hide },
    handler: async (request, reply) => {
      if (request.method === 'HEAD') return reply.header('content-length', NOTED.length).send()
      const { mac, stage, errno } = BootFailedQuery.parse(storable(request.query))
      const reason = failure(stage, errno)
      record(worded({ kind: 'boot.failed', mac: mac ?? null, data: { stage, errno, reason } }))
      return text(reply, NOTED)
    },
  })
}
