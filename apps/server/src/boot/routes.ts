import {
  Architecture,
  BootFailedQuery,
  type BootIdentity,
  BootQuery,
  Mac,
  ProblemError,
  type SiteParameters,
} from '@eims/contracts'
import type { NewEvent } from '@eims/registry'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Artifacts } from '../artifacts.ts'
import { storable } from '../http/storable.ts'
import { baseOf, urlFor } from '../urls.ts'
import { decideBoot } from './decide.ts'
import type { BootDecider } from './decider.ts'
import { bootScript, decisionScript } from './scripts.ts'
import type { openBootSession } from './sessions.ts'
import { siteCpio } from './site-cpio.ts'
import { whoAsks } from './who.ts'

export interface BootRoutes {
  decider: BootDecider
  artifacts: Artifacts
  /** opens the boot session of a machine that goes into the Micro-OS; its token, or null */
  openSession: (
    who: Parameters<typeof openBootSession>[1],
    decision: Parameters<typeof openBootSession>[2],
  ) => Promise<string | null>
  /** what the Micro-OS of this boot session is told; null when the token opens none */
  siteParameters: (token: string, base: string) => Promise<SiteParameters | null>
  record: (event: NewEvent) => void
  now: () => number
}

const config = { listener: 'open' } as const
/** scripts and files for firmware are no part of the REST interface */
const hide = true
const seenBy = z.object({ mac: Mac.optional().catch(undefined) })
const microOsParams = z.object({ architecture: Architecture, file: z.enum(['vmlinuz', 'initrd.zst']) })
const siteQuery = z.object({ token: z.string().min(16).max(128), mac: Mac.optional().catch(undefined) })

const text = (reply: FastifyReply, script: string) =>
  reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(script)

/** Everything a machine fetches before its agent runs. HEAD is off: a boot script opens a session. */
export function bootRoutes(app: FastifyInstance, parts: BootRoutes): void {
  const { decider, artifacts, record, now } = parts

  app.get('/boot.ipxe', { config, exposeHeadRoute: false, schema: { hide } }, async (request, reply) =>
    text(reply, bootScript({ scriptUrl: urlFor(baseOf(request), '/boot/script') })),
  )

  /** A session that cannot be opened is no reason to leave a machine without a script. */
  async function decide(who: BootIdentity) {
    const decision = await decider.decide(who, now())
    try {
      return { decision, token: await parts.openSession(who, decision) }
    } catch (error) {
      app.log.error({ err: error }, 'boot: no session could be opened')
      return { decision: decideBoot({ databaseUp: false }), token: null }
    }
  }

  app.get('/boot/script', { config, exposeHeadRoute: false, schema: { hide } }, async (request, reply) => {
    const base = baseOf(request)
    const who = whoAsks(BootQuery.parse(storable(request.query)))
    const { decision, token } = await decide(who)
    const mac = who.bootMac ?? undefined
    record({
      kind: 'boot.decision',
      mac: who.bootMac,
      nodeId: decision.nodeId,
      message: `${decision.kind.replace('-', ' ')}: ${decision.reason}`,
      data: { kind: decision.kind, architecture: who.architecture, firmware: who.firmware },
    })
    const architecture = 'architecture' in decision ? decision.architecture : null
    const seen = { mac: mac?.replaceAll(':', '-') }
    return text(
      reply,
      decisionScript(decision, {
        firmware: who.firmware,
        kernelUrl: urlFor(base, `/boot/${architecture}/vmlinuz`, seen),
        initrdUrl: urlFor(base, `/boot/${architecture}/initrd.zst`, seen),
        siteCpioUrl: urlFor(base, '/boot/site.cpio', { ...seen, token: token ?? undefined }),
        failedUrl: urlFor(base, '/boot/failed', seen),
        bootUrl: urlFor(base, '/boot.ipxe'),
      }),
    )
  })

  app.get(
    '/boot/:architecture/:file',
    { config, exposeHeadRoute: false, schema: { hide, params: microOsParams, querystring: seenBy } },
    async (request, reply) => {
      const { architecture, file } = request.params as z.output<typeof microOsParams>
      const { mac } = request.query as z.output<typeof seenBy>
      const found = artifacts.microOsFile(architecture, file)
      if (!artifacts.microOs().includes(architecture))
        throw new ProblemError('not-found', `there is no Micro-OS for ${architecture}`)
      if (mac)
        record({
          kind: file === 'vmlinuz' ? 'boot.kernel' : 'boot.initrd',
          mac,
          message: `fetches ${file} for ${architecture}`,
        })
      return reply.header('content-length', found.size()).type('application/octet-stream').send(found.stream())
    },
  )

  app.get(
    '/boot/site.cpio',
    { config, exposeHeadRoute: false, schema: { hide, querystring: siteQuery } },
    async (request, reply) => {
      const { token, mac } = request.query as z.output<typeof siteQuery>
      const site = await parts.siteParameters(token, baseOf(request))
      if (!site) throw new ProblemError('not-found', 'this boot token opens no session, or it is over')
      if (mac) record({ kind: 'boot.site', mac, message: 'fetches its site parameters' })
      return reply.type('application/octet-stream').header('cache-control', 'no-store').send(siteCpio(site))
    },
  )

  app.get('/boot/failed', { config, exposeHeadRoute: false, schema: { hide } }, async (request, reply) => {
    const { mac, stage, errno } = BootFailedQuery.parse(storable(request.query))
    record({
      kind: 'boot.failed',
      mac: mac ?? null,
      message: `iPXE could not load the ${stage}${errno ? ` (https://ipxe.org/${errno.toLowerCase()})` : ''}`,
      data: { stage, errno },
    })
    return text(reply, '#!ipxe\n')
  })
}
