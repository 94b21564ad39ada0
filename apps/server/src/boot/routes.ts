import {
  Architecture,
  type BootDecision,
  BootFailedQuery,
  BootQuery,
  Mac,
  ProblemError,
  type Reason,
  say,
} from '@eims/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FrontDoor } from '../http/front-door.ts'
import { ComeAgain } from '../problem.ts'
import { storable } from '../storable.ts'
import { baseOf, isTls, urlFor } from '../urls.ts'
import type { BootDecider } from './decider.ts'
import { tlsFailure } from './ipxe-errors.ts'
import { type IpxeFiles, ipxeFiles } from './ipxe-files.ts'
import { scriptQuery } from './script-query.ts'
import { bootScript, decisionScript } from './scripts.ts'
import { siteCpio } from './site-cpio.ts'
import { addressOf, countRequests } from './tally.ts'
import { whoAsks } from './who.ts'

export interface BootRoutes extends IpxeFiles {
  decider: BootDecider
  door: FrontDoor
  /** a request to one of our addresses, by name */
  count: (address: string, name: string) => void
}

const counted = (counts: string) => ({ listener: 'open', counts }) as const
/** scripts and files for firmware are no part of the REST interface */
const hide = true
const seenBy = z.object({ mac: Mac.optional().catch(undefined) })
const microOsParams = z.object({ architecture: Architecture, file: z.enum(['vmlinuz', 'initrd.zst']) })
const siteQuery = z.object({ token: z.string().min(16).max(128), mac: Mac.optional().catch(undefined) })

/** A machine waits and asks again by itself, as it does whenever it has to wait. */
const later = (retrySeconds: number): BootDecision => ({
  kind: 'wait',
  where: 'firmware',
  nodeId: null,
  architecture: null,
  reason: { code: 'boot-busy', slots: {} },
  retrySeconds,
})

const text = (reply: FastifyReply, script: string) =>
  reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(script)

/** Everything a machine fetches before its agent runs. HEAD is off: a boot script opens a session. */
export function bootRoutes(app: FastifyInstance, parts: BootRoutes): void {
  const { decider, artifacts, door } = parts
  const { record } = decider
  countRequests(app, (address, name) => parts.count(address, name))
  ipxeFiles(app, parts)

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
    async (request, reply) => {
      const base = baseOf(request)
      const who = whoAsks(BootQuery.parse(storable(scriptQuery(request.raw.url ?? ''))))
      const at = { tls: isTls(base), microOs: artifacts.microOs() }
      const mac = who.bootMac ?? undefined
      const { decision, token } = await door
        .pass(request, who.bootMac ?? who.identity.uuid ?? null, () => decider.decide(who, at))
        .catch((error: unknown) => {
          if (!(error instanceof ComeAgain)) throw error
          parts.count(addressOf(request), 'script.later')
          reply.header('retry-after', error.seconds)
          return { decision: later(error.seconds), token: null }
        })
      record({
        kind: 'boot.decision',
        mac: who.bootMac,
        nodeId: decision.nodeId,
        message: `${decision.kind.replace('-', ' ')}: ${say(decision.reason)}`,
        data: {
          kind: decision.kind,
          ...('where' in decision ? { where: decision.where } : {}),
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
      const site = await door.pass(request, mac ?? null, () => decider.siteParameters(token, baseOf(request)))
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
      const reason: Reason =
        stage === 'tls'
          ? tlsFailure(errno)
          : { code: 'ipxe-download-failed', slots: { stage, errno: errno?.toLowerCase() ?? null } }
      record({ kind: 'boot.failed', mac: mac ?? null, message: say(reason), data: { stage, errno, reason } })
      return text(reply, '#!ipxe\n')
    },
  )
}
