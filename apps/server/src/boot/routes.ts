import { Architecture, BootFailedQuery, Mac, ProblemError, type Reason, worded } from '@eims/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Artifacts } from '../artifacts.ts'
import { NewestMap } from '../newest-map.ts'
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
  /** milliseconds since 1970 */
  now: () => number
}

const counted = (counts: string) => ({ listener: 'open', counts }) as const
/** scripts and files for firmware are no part of the REST interface */
const hide = true
const seenBy = z.object({ mac: Mac.optional().catch(undefined) })
const microOsParams = z.object({ architecture: Architecture, file: z.enum(['vmlinuz', 'initrd.zst']) })
const siteQuery = z.object({ token: z.string().min(16).max(128), mac: Mac.optional().catch(undefined) })

/** To iPXE a script that does nothing, to GRUB a comment. */
const NOTED = '#!ipxe\n'

/** GRUB looks at a kernel's signature when it has read it, and reports at once. */
const JUST_NOW = 30_000

/**
 * PURE: what a loader's report of a failure means. GRUB knows no numbers: one that has the whole kernel and reports that it could
 * not load it has refused its signature, as far as anybody but its screen tells.
 */
function whyFailed(
  stage: BootFailedQuery['stage'],
  { by, errno, hasKernel }: Pick<BootFailedQuery, 'by' | 'errno'> & { hasKernel: boolean },
): Reason {
  if (stage === 'tls') return tlsFailure(errno)
  if (stage === 'runtime-refused' || stage === 'runtime-missing') return { code: stage, slots: {} }
  if (by !== 'grub') return { code: 'ipxe-download-failed', slots: { stage, errno: errno?.toLowerCase() ?? null } }
  return stage === 'kernel' && hasKernel
    ? { code: 'kernel-not-trusted', slots: {} }
    : { code: 'grub-download-failed', slots: { stage } }
}

const text = (reply: FastifyReply, script: string) =>
  reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(script)

/**
 * Everything a machine fetches before its agent runs. HEAD is off where it would open a session; what GRUB fetches has it, for
 * that asks for each file's size first when UEFI's own HTTP brings it (grub-core/net/efi/http.c of Debian's).
 */
export function bootRoutes(app: FastifyInstance, parts: BootRoutes): void {
  const { decider, artifacts, door } = parts
  const { record } = decider
  const kernelsSent = new NewestMap<string, number>(4096)
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
      // Whether the whole of it went out; what the machine made of it, it may say in a moment.
      if (mac && file === 'vmlinuz') reply.raw.once('finish', () => kernelsSent.set(mac, parts.now()))
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
      const { mac, stage, errno, by } = BootFailedQuery.parse(storable(request.query))
      const sentAt = kernelsSent.get(mac ?? '') ?? Number.NEGATIVE_INFINITY
      const reason = whyFailed(stage, { by, errno, hasKernel: parts.now() - sentAt < JUST_NOW })
      record(worded({ kind: 'boot.failed', mac: mac ?? null, data: { stage, errno, reason } }))
      return text(reply, NOTED)
    },
  })
}
