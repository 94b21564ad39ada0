import { type BootDecision, BootQuery, worded } from '@eims/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Artifacts } from '../artifacts.ts'
import { ComeAgain } from '../problem.ts'
import { DEBIAN_SHIM } from '../signed-chain.ts'
import { storable } from '../storable.ts'
import { baseOf, isTls, urlFor } from '../urls.ts'
import type { BootDecider } from './decider.ts'
import type { DecisionScriptInput } from './decision-script.ts'
import { scriptQuery } from './script-query.ts'
import { addressOf } from './tally.ts'
import { whoAsks } from './who.ts'

/** A machine waits and asks again by itself, as it does whenever it has to wait. */
const later = (retrySeconds: number): BootDecision => ({
  kind: 'wait',
  where: 'firmware',
  nodeId: null,
  architecture: null,
  reason: { code: 'boot-busy', slots: {} },
  retrySeconds,
})

export interface Judging {
  decider: BootDecider
  artifacts: Artifacts
  /** lets in as many machines at once as are served, and tells the others to come again */
  door: { pass: <T>(request: FastifyRequest, machine: string | null, work: () => Promise<T>) => Promise<T> }
  /** whether this machine's firmware refused iPXE a while ago, and was told to start the signed chain */
  cameAfterRefusal: (mac: string) => boolean
  /** a request to one of our addresses, by name */
  count: (address: string, name: string) => void
}

/** Judges who asks, writes the decision down, and gives the text that carries it out in a loader's language. */
export type Judge = (
  request: FastifyRequest,
  reply: FastifyReply,
  inWords: (decision: BootDecision, input: DecisionScriptInput) => string,
) => Promise<string>

export const judge =
  ({ decider, artifacts, door, cameAfterRefusal, count }: Judging): Judge =>
  async (request, reply, inWords) => {
    const base = baseOf(request)
    const who = whoAsks(BootQuery.parse(storable(scriptQuery(request.raw.url ?? ''))))
    const mac = who.bootMac ?? undefined
    const refusedIpxe = mac !== undefined && cameAfterRefusal(mac)
    const at = { tls: isTls(base), microOs: artifacts.microOs(), refusedIpxe }
    const { decision, token } = await door
      .pass(request, who.bootMac ?? who.identity.uuid ?? null, () => decider.decide(who, at))
      .catch((error: unknown) => {
        if (!(error instanceof ComeAgain)) throw error
        count(addressOf(request), 'script.later')
        reply.header('retry-after', error.seconds)
        return { decision: later(error.seconds), token: null }
      })
    decider.record(
      worded({
        kind: 'boot.decision',
        mac: who.bootMac,
        nodeId: decision.nodeId,
        data: {
          kind: decision.kind,
          ...('where' in decision ? { where: decision.where } : {}),
          reason: decision.reason,
          architecture: who.architecture,
          firmware: who.firmware,
        },
      }),
    )
    const architecture = 'architecture' in decision ? decision.architecture : null
    const seen = { mac: mac?.replaceAll(':', '-') }
    const shim = architecture === 'x86_64' && artifacts.ipxeShim() ? DEBIAN_SHIM[architecture] : null
    return inWords(decision, {
      firmware: who.firmware,
      shimUrl: shim && urlFor(base, `/boot/ipxe/${shim}`),
      kernelUrl: urlFor(base, `/boot/${architecture}/vmlinuz`, seen),
      initrdUrl: urlFor(base, `/boot/${architecture}/initrd.zst`, seen),
      siteCpioUrl: urlFor(base, '/boot/site.cpio', { ...seen, token: token ?? undefined }),
      failedUrl: urlFor(base, '/boot/failed', seen),
      bootUrl: urlFor(base, '/boot.ipxe'),
    })
  }
