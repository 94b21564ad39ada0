import type {
  Architecture,
  BootDecision,
  BootIdentity,
  Judgement,
  NodeFacts,
  Site,
  SiteParameters,
  WhoFacts,
} from '@eims/contracts'
import {
  createBootSession,
  type Db,
  hashSecret,
  type IdentityMatch,
  isDatabaseDown,
  judgeFacts,
  lackOf,
  matchNode,
  nodesOf,
  normaliseIdentity,
} from '@eims/registry'
import { bootDecision, judge, waitInFirmware } from '@eims/workflow'
import { newBootToken } from '../tokens.ts'
import type { Engine } from './engine.ts'
import { siteParametersFor } from './site-parameters.ts'
import { twinInFirmware } from './twin.ts'

/** A machine in its firmware shows nothing while it waits for an answer, and some never give up. */
const PATIENCE_MS = 10_000
/** How long after its boot script a machine may take to fetch the Micro-OS and onboard. */
const SESSION_SECONDS = 3600

const databaseDown = waitInFirmware({ code: 'database-down', slots: {} })
const diskFull = waitInFirmware({ code: 'disk-full', slots: {} })

interface LocalBoot {
  engine: Pick<Engine, 'registry' | 'sink' | 'httpsOnly' | 'listening' | 'clock' | 'log'>
  site: () => Site
  gate: (mac: string | null, address: string) => Judgement | null
  /** PEM of the CA by which this server's certificate is; left out: the registry's, which may be ahead of it */
  ca?: () => string
  /** seconds for which the transport of its agents lets them be silent */
  lease: number
  /** milliseconds since 1970 */
  now: () => number
  /** milliseconds that the registry may take */
  patience?: number
}

/** A boot decider on this server's own registry: two statements to judge (one more while a run goes on), one for the session. */
export function localBoot({ engine, site, gate, ca, lease, now, patience = PATIENCE_MS }: LocalBoot) {
  const { registry, sink, httpsOnly, log } = engine
  const { db } = registry
  return {
    site,
    gate,
    async decide(
      who: BootIdentity,
      { tls, microOs, refusedIpxe = false }: { tls: boolean; microOs: readonly Architecture[]; refusedIpxe?: boolean },
    ): Promise<{ decision: BootDecision; token: string | null }> {
      if (!tls && httpsOnly()) {
        const reason = { code: 'https-only', slots: { client: 'plain-http' } } as const
        return { decision: { kind: 'refused', nodeId: null, reason }, token: null }
      }
      const late = Promise.withResolvers<never>()
      const timer = setTimeout(() => late.reject(new Error(`no facts within ${patience} ms`)), patience)
      try {
        const decision = await Promise.race([decideBoot({ ...engine, lease }, who, microOs), late.promise])
        return {
          decision,
          token: await Promise.race([openSession(db, { ...who, refusedIpxe }, decision, tls), late.promise]),
        }
      } catch (error) {
        const isFull = lackOf(error) === 'disk'
        const what = isFull
          ? 'the disk is full'
          : isDatabaseDown(error)
            ? 'the registry cannot be asked'
            : 'the decision failed'
        log.error({ err: error }, `boot: ${what}`)
        return { decision: isFull ? diskFull : databaseDown, token: null }
      } finally {
        clearTimeout(timer)
      }
    },
    siteParameters: (token: string, base: string): Promise<SiteParameters | null> =>
      siteParametersFor(engine, token, base, { httpsOnly: httpsOnly(), now: now(), ...(ca ? { ca: ca() } : {}) }),
    record: (event: Parameters<typeof sink.record>[0]) => sink.record(event),
  }
}

/** What a machine is to do, by what its firmware says of it. */
async function decideBoot(
  { registry: { db }, listening, lease }: Pick<Engine, 'registry' | 'listening'> & { lease: number },
  who: BootIdentity,
  microOs: readonly Architecture[],
): Promise<BootDecision> {
  const { architecture, identity } = who
  const match = await matchNode(db, normaliseIdentity(identity))
  const { site, nodes } = await judgeFacts(db, nodesOf(match))
  const node = match.kind === 'one' ? (nodes[0] ?? null) : null
  const judgement = judge({ who: whoIs(match, nodes), site, architecture })
  if (node && judgement.reason.code === 'run-goes-on') {
    const why = await twinInFirmware({ listening }, db, { node, identity, lease })
    const twin = why && judge({ who: { kind: 'conflict', why, candidates: nodes }, site, architecture })
    if (twin) return bootDecision(twin, { nodeId: null, architecture, microOs, kernelArgs: '' })
  }
  const kernelArgs = (node?.profile ?? site.defaultProfile)?.kernelArgs ?? ''
  return bootDecision(judgement, { nodeId: node?.id ?? null, architecture, microOs, kernelArgs })
}

function whoIs(match: IdentityMatch, nodes: NodeFacts[]): WhoFacts {
  if (match.kind === 'conflict') return { kind: 'conflict', why: match.reason, candidates: nodes }
  return nodes[0] ? { kind: 'node', node: nodes[0] } : { kind: 'unknown' }
}

/**
 * Opens a boot session for a machine that is sent into the Micro-OS and gives its boot token, which is stored only as
 * a hash. A decision that leads elsewhere opens none (null). `tls`: its token is good over TLS only.
 */
async function openSession(
  db: Db,
  who: BootIdentity & { refusedIpxe: boolean },
  decision: BootDecision,
  tls: boolean,
): Promise<string | null> {
  const intoMicroOs = decision.kind === 'provision' || (decision.kind === 'wait' && decision.where === 'micro-os')
  if (!intoMicroOs) return null
  const token = newBootToken(tls)
  const { nodeId } = decision
  await createBootSession(db, { tokenHash: hashSecret(token), nodeId, ttlSeconds: SESSION_SECONDS, ...who })
  return token
}
