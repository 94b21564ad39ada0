import type { BootIdentity, Profile } from '@eims/contracts'
import {
  activeRun,
  currentInstance,
  type Db,
  defaultProfile,
  effectiveProfile,
  getNode,
  getSite,
  isDatabaseDown,
  matchNode,
  normaliseIdentity,
} from '@eims/registry'
import type { Logger } from 'pino'
import type { Artifacts } from '../artifacts.ts'
import { decideBoot } from './decide.ts'
import type { BootDecider } from './decider.ts'
import type { BootFacts, MatchFacts, ProfileFacts } from './facts.ts'

/** A machine in its firmware shows nothing while it waits for an answer, and some never give up. */
const PATIENCE_MS = 10_000

export interface LocalDeciderParts {
  db: Db
  artifacts: Artifacts
  log: Logger
  /** milliseconds that the registry may take */
  patience?: number
}

/** BootDecider on this server's own registry: gathers the facts and lets the one table decide. */
export function localDecider({ db, artifacts, log, patience = PATIENCE_MS }: LocalDeciderParts): BootDecider {
  return {
    async decide(who) {
      const late = Promise.withResolvers<never>()
      const timer = setTimeout(() => late.reject(new Error(`no facts within ${patience} ms`)), patience)
      try {
        return decideBoot(await Promise.race([gather(db, artifacts, who), late.promise]))
      } catch (error) {
        log.error(
          { err: error },
          isDatabaseDown(error) ? 'boot: the registry cannot be asked' : 'boot: the decision failed',
        )
        return decideBoot({ databaseUp: false })
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

async function gather(db: Db, artifacts: Artifacts, who: BootIdentity): Promise<BootFacts> {
  const [site, fallback, match] = await Promise.all([getSite(db), defaultProfile(db), matchFacts(db, who)])
  const { unknownPolicy, autoProvision } = site
  return {
    databaseUp: true,
    match,
    site: { unknownPolicy, autoProvision, defaultProfile: fallback && profileFacts(fallback) },
    architecture: who.architecture,
    microOs: artifacts.microOs(),
  }
}

async function matchFacts(db: Db, { identity }: BootIdentity): Promise<MatchFacts> {
  const match = await matchNode(db, normaliseIdentity(identity))
  if (match.kind === 'none') return { kind: 'unknown' }
  if (match.kind === 'conflict')
    return {
      kind: 'conflict',
      reason: match.reason,
      candidates: await Promise.all(
        match.candidates.map(async ({ nodeId, name }) => ({
          name,
          policy: (await getNode(db, nodeId)).netbootPolicy,
        })),
      ),
    }
  const { nodeId } = match
  const [node, instance, effective, run] = await Promise.all([
    getNode(db, nodeId),
    currentInstance(db, nodeId),
    effectiveProfile(db, nodeId),
    activeRun(db, nodeId),
  ])
  return {
    kind: 'node',
    node: {
      id: nodeId,
      name: node.name,
      registered: node.registered,
      state: node.state,
      policy: node.netbootPolicy,
      held: node.held,
      profile: effective && profileFacts(effective),
      instance: instance && { state: instance.state, reason: instance.status.text },
      activeRun: run && { id: run.id },
    },
  }
}

function profileFacts({
  profile,
  image,
}: {
  profile: Profile
  image: { name: string; state: NonNullable<ProfileFacts['image']>['state']; reason: string | null }
}): ProfileFacts {
  const { name, architecture, finish, kernelArgs } = profile
  return {
    name,
    architecture,
    finish,
    kernelArgs,
    image: { name: image.name, state: image.state, reason: image.reason },
  }
}
