import {
  Architecture,
  type BootDecision,
  BootFailedQuery,
  type BootIdentity,
  BootQuery,
  Mac,
  ProblemError,
  type SiteParameters,
  say,
} from '@eims/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { storable } from '../storable.ts'
import { baseOf, isTls, urlFor } from '../urls.ts'
import { decideBoot } from './decide.ts'
import type { BootDecider } from './decider.ts'
import { tlsFailure } from './ipxe-errors.ts'
import { type IpxeFiles, ipxeFiles } from './ipxe-files.ts'
import { bootScript, decisionScript } from './scripts.ts'
import type { openBootSession } from './sessions.ts'
import { siteCpio } from './site-cpio.ts'
import { countRequests } from './tally.ts'
import { whoAsks } from './who.ts'

export interface BootRoutes extends IpxeFiles {
  decider: BootDecider
  /** opens the boot session of a machine that goes into the Micro-OS; its token, or null */
  openSession: (
    who: Parameters<typeof openBootSession>[1],
    decision: Parameters<typeof openBootSession>[2],
    tls: boolean,
  ) => Promise<string | null>
  /** what the Micro-OS of this boot session is told; null when the token opens none */
  siteParameters: (token: string, base: string) => Promise<SiteParameters | null>
  /** whether this site boots over HTTPS and over nothing else */
  httpsOnly: () => boolean
  /** a request to one of our addresses, by name */
  count: (address: string, name: string) => void
  now: () => number
}

const counted = (counts: string) => ({ listener: 'open', counts }) as const
/** scripts and files for firmware are no part of the REST interface */
const hide = true
const seenBy = z.object({ mac: Mac.optional().catch(undefined) })
const microOsParams = z.object({ architecture: Architecture, file: z.enum(['vmlinuz', 'initrd.zst']) })
const siteQuery = z.object({ token: z.string().min(16).max(128), mac: Mac.optional().catch(undefined) })

const refusedPlain: BootDecision = {
  kind: 'refused',
  nodeId: null,
  reason:
    'this site boots over HTTPS only, and this machine came by plain HTTP (its firmware or iPXE may know no HTTPS)',
}

const text = (reply: FastifyReply, script: string) =>
  reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(script)

/** Everything a machine fetches before its agent runs. HEAD is off: a boot script opens a session. */
export function bootRoutes(app: FastifyInstance, parts: BootRoutes): void {
  const { decider, artifacts, record, now } = parts
  countRequests(app, (address, name) => parts.count(address, name))
  ipxeFiles(app, parts)

  /** The gate once more, for a machine that had its script before the gate was closed. */
  function checkGate({ ip }: FastifyRequest, mac: string | undefined): void {
    const gate = parts.gate(mac ?? null, ip)
    if (gate.policy !== 'allowed') throw new ProblemError('netboot-refused', say(gate.reason))
  }

  app.get('/boot.ipxe', { config: counted('boot'), exposeHeadRoute: false, schema: { hide } }, async (request, reply) =>
    text(reply, bootScript({ scriptUrl: urlFor(baseOf(request), '/boot/script') })),
  )

  /** A session that cannot be opened is no reason to leave a machine without a script. */
  async function decide(who: BootIdentity, tls: boolean) {
    const decision = !tls && parts.httpsOnly() ? refusedPlain : await decider.decide(who, now())
    try {
      return { decision, token: await parts.openSession(who, decision, tls) }
    } catch (error) {
      app.log.error({ err: error }, 'boot: no session could be opened')
      return { decision: decideBoot({ databaseUp: false }), token: null }
    }
  }

  app.get(
    '/boot/script',
    { config: counted('script'), exposeHeadRoute: false, schema: { hide } },
    async (request, reply) => {
      const base = baseOf(request)
      const who = whoAsks(BootQuery.parse(storable(request.query)))
      const { decision, token } = await decide(who, isTls(base))
      const mac = who.bootMac ?? undefined
      record({
        kind: 'boot.decision',
        mac: who.bootMac,
        nodeId: decision.nodeId,
        message: `${decision.kind.replace('-', ' ')}: ${decision.reason}`,
        data: {
          kind: decision.kind,
          ...('where' in decision ? { where: decision.where } : {}),
          ...('code' in decision ? { code: decision.code } : {}),
          reason: decision.reason,
          architecture: who.architecture,
          firmware: who.firmware,
        },
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
    },
  )

  app.get(
    '/boot/:architecture/:file',
    {
      config: counted('micro-os'),
      exposeHeadRoute: false,
      schema: { hide, params: microOsParams, querystring: seenBy },
    },
    async (request, reply) => {
      const { architecture, file } = request.params as z.output<typeof microOsParams>
      const { mac } = request.query as z.output<typeof seenBy>
      checkGate(request, mac)
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
    { config: counted('site'), exposeHeadRoute: false, schema: { hide, querystring: siteQuery } },
    async (request, reply) => {
      const { token, mac } = request.query as z.output<typeof siteQuery>
      checkGate(request, mac)
      const site = await parts.siteParameters(token, baseOf(request))
      if (!site) throw new ProblemError('not-found', 'this boot token opens no session, or it is over')
      if (mac) record({ kind: 'boot.site', mac, message: 'fetches its site parameters' })
      return reply.type('application/octet-stream').header('cache-control', 'no-store').send(siteCpio(site))
    },
  )

  app.get(
    '/boot/failed',
    { config: counted('failed'), exposeHeadRoute: false, schema: { hide } },
    async (request, reply) => {
      const { mac, stage, errno } = BootFailedQuery.parse(storable(request.query))
      record({
        kind: 'boot.failed',
        mac: mac ?? null,
        message:
          stage === 'tls'
            ? tlsFailure(errno)
            : `iPXE could not load the ${stage}${errno ? ` (https://ipxe.org/${errno.toLowerCase()})` : ''}`,
        data: { stage, errno },
      })
      return text(reply, '#!ipxe\n')
    },
  )
}
