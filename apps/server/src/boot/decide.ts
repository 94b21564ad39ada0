import { type BootDecision, say } from '@eims/contracts'
import { gateOf } from '../netboot/gate.ts'
import type { BootFacts, MatchFacts, NodeFacts, ProfileFacts } from './facts.ts'

type Facts = Extract<BootFacts, { databaseUp: true }>
type Wait = Extract<BootDecision, { kind: 'wait' }>
type LocalDisk = Extract<BootDecision, { kind: 'local-disk' }>

/** Seconds until a machine that waits in its firmware asks again. */
const RETRY_SECONDS = 15

/**
 * The one decision about a machine that asks what to boot (design section 7). Never throws.
 * Only `provision` leads to a disk being written, and only by the run that is there or that is made then.
 */
export function decideBoot(facts: BootFacts): BootDecision {
  if (!facts.databaseUp)
    return {
      ...waitInFirmware(null, null, 'the database does not answer, so nothing is installed'),
      code: 'database-down',
    }
  const { match } = facts
  switch (match.kind) {
    case 'conflict':
      return { ...conflict(facts, match), code: 'quarantined' }
    case 'unknown':
      return unregistered(facts, null)
    case 'node':
      return known(facts, match.node)
  }
}

/** The gate is closed when it is for any node that the machine could be. */
function conflict(
  facts: Facts,
  { reason, candidates }: Extract<MatchFacts, { kind: 'conflict' }>,
): Exclude<BootDecision, { kind: 'provision' }> {
  const names = candidates.map(({ name }) => name)
  const quarantine = `quarantined: ${reason}${names.length > 0 ? ` (candidates: ${names.join(', ')})` : ''}`
  const gates = candidates.map(gateOf)
  const closed = gates.find(({ policy }) => policy === 'denied') ?? gates.find(({ policy }) => policy === 'local')
  if (closed && closed.policy !== 'allowed')
    return closed.policy === 'denied'
      ? { kind: 'refused', nodeId: null, reason: `${quarantine}; ${say(closed.reason)}` }
      : localDisk(null, `${quarantine}; ${say(closed.reason)}`)
  return wait(facts, null, quarantine)
}

/** A machine of the registry: its own state first, then its OS's, then what there is to install. */
function known(facts: Facts, node: NodeFacts): BootDecision {
  switch (node.state) {
    case 'UNTRUSTED':
      return { kind: 'refused', nodeId: node.id, reason: `${node.name} is not trusted` }
    case 'DELETED':
      return {
        kind: 'refused',
        nodeId: node.id,
        reason: `${node.name} was removed from the registry; register it anew`,
      }
    case 'REGISTERED':
    case 'ONBOARDED':
      break
  }
  const gate = gateOf(node)
  if (gate.policy === 'denied') return { kind: 'refused', nodeId: node.id, reason: say(gate.reason) }
  if (gate.policy === 'local') return localDisk(node.id, say(gate.reason))
  const { instance } = node
  if (instance?.state === 'RUNNING') return localDisk(node.id, `${node.name} runs its OS`)
  if (instance?.state === 'PROVISIONED') return localDisk(node.id, sealed(node))
  if (node.held !== null) return wait(facts, node.id, node.held)
  const profile = node.profile ?? facts.site.defaultProfile
  if (node.activeRun) return provision(facts, node.id, profile?.kernelArgs ?? '', `${node.name}: its run goes on`)
  switch (instance?.state) {
    case 'FAILED':
      return wait(
        facts,
        node.id,
        `${node.name} failed: ${instance.reason ?? 'no reason is known'}; retry it, or have it reprovisioned`,
      )
    case 'PROVISIONING':
      return wait(
        facts,
        node.id,
        `${node.name} is being provisioned, but by no run; retry it, or have it reprovisioned`,
      )
    case 'PENDING':
    case undefined:
      break
  }
  // A pending instance is a person's word, also for a machine that appeared by itself.
  if (!node.registered && !instance) return unregistered(facts, node.id)
  if (profile) return ready(facts, node.id, profile, instance !== null)
  return wait(facts, node.id, `${node.name} has no profile, and the site has no default profile`)
}

function sealed({ name, profile }: NodeFacts): string {
  const { finish } = profile ?? {}
  return finish === 'hold' || finish === 'poweroff' ? `${name} is finished (${finish})` : `${name} is provisioned`
}

function localDisk(nodeId: string | null, reason: string): LocalDisk {
  return { kind: 'local-disk', nodeId, reason }
}

/** A machine that nobody registered. Without a policy a default profile is one: then it applies, until then hold. */
function unregistered(facts: Facts, nodeId: string | null): BootDecision {
  const { unknownPolicy, defaultProfile } = facts.site
  switch (unknownPolicy ?? (defaultProfile ? 'default-profile' : 'hold')) {
    case 'refuse':
      return { kind: 'refused', nodeId: null, reason: 'this machine is not registered, and the site refuses such' }
    case 'hold':
      return wait(facts, nodeId, 'this machine is not registered; waits for a person to give it a profile')
    case 'default-profile':
      if (defaultProfile) return ready(facts, nodeId, defaultProfile, false)
      return wait(facts, nodeId, 'this machine is not registered, and the site has no default profile')
  }
}

/** A profile applies: is there everything that it needs, and has someone asked for it? */
function ready(facts: Facts, nodeId: string | null, profile: ProfileFacts, hasInstance: boolean): BootDecision {
  const { architecture } = facts
  if (architecture !== null && architecture !== profile.architecture)
    return wait(
      facts,
      nodeId,
      `profile ${profile.name} is for ${profile.architecture}, this machine is ${architecture}`,
    )
  if (!profile.image) return wait(facts, nodeId, `the image of profile ${profile.name} is not in the registry`)
  const { name, state, reason } = profile.image
  switch (state) {
    case 'converting':
      return wait(facts, nodeId, `image ${name} is still being converted`)
    case 'failed':
      return wait(facts, nodeId, `image ${name} could not be converted: ${reason ?? 'no reason is known'}`)
    case 'ready':
      break
  }
  if (!hasInstance && !facts.site.autoProvision)
    return wait(facts, nodeId, `ready for profile ${profile.name}; waits for \`eims nodes provision\``)
  return provision(facts, nodeId, profile.kernelArgs, `installs profile ${profile.name}`)
}

function provision(facts: Facts, nodeId: string | null, kernelArgs: string, reason: string): BootDecision {
  const { architecture } = facts
  const missing = microOsMissing(facts)
  if (architecture === null || missing) return waitInFirmware(nodeId, architecture, missing ?? reason)
  return { kind: 'provision', nodeId, architecture, kernelArgs, reason }
}

/** In the Micro-OS, where a person sees it and a decision of theirs takes effect at once; else in the firmware. */
function wait(facts: Facts, nodeId: string | null, reason: string): Wait {
  const { architecture } = facts
  const missing = microOsMissing(facts)
  if (missing) return waitInFirmware(nodeId, architecture, `${reason}; ${missing}`)
  return { kind: 'wait', where: 'micro-os', nodeId, architecture, reason, retrySeconds: RETRY_SECONDS }
}

function waitInFirmware(nodeId: string | null, architecture: Facts['architecture'], reason: string): Wait {
  return { kind: 'wait', where: 'firmware', nodeId, architecture, reason, retrySeconds: RETRY_SECONDS }
}

function microOsMissing({ architecture, microOs }: Facts): string | null {
  if (architecture === null) return 'its firmware does not tell its architecture'
  return microOs.includes(architecture) ? null : `there is no Micro-OS for ${architecture} on this server`
}
