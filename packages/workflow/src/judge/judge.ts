import {
  type Disk,
  type JudgeFacts,
  type Judgement,
  NO_REASON,
  type NodeFacts,
  type ProfileFacts,
  type Reason,
  type RunState,
  type SiteFacts,
  type WhoFacts,
} from '@eims/contracts'
import { backsOff } from '../wait.ts'
import { closedTo, strictest } from './admission.ts'

/**
 * PURE: the one judgement about a machine: may it be written, does it go to its disk, does it wait, is it refused. The
 * boot script, the agent, the engine, a person's verbs and every list ask here, each with the facts as they are then;
 * nothing of it is stored. Only `provision` leads to a disk being written, and only by the run that is there or that is
 * made then. Never throws.
 */
export function judge({ who, site, architecture }: JudgeFacts): Judgement {
  switch (who.kind) {
    case 'conflict':
      return quarantined(who)
    case 'unknown':
      return unregistered(site) ?? ready(site.defaultProfile, site, { architecture, askedFor: false })
    case 'node':
      return known(who.node, site, architecture)
  }
}

/**
 * PURE: what keeps a node from being provisioned; null: nothing does, or its OS is on it, or is being put on it. A run
 * may stand still by a person's word, before an action is tried again, or for an image that no server has.
 */
export function waitingFor(node: NodeFacts, site: SiteFacts): Reason | null {
  const { instance, run } = node
  if (run && isActive(run)) return run.pause ?? (run.failed && backsOff(run.failed)?.reason) ?? run.away?.reason ?? null
  if (instance && instance.state !== 'PENDING') return null
  const { kind, reason } = judge({ who: { kind: 'node', node }, site, architecture: null })
  return kind === 'provision' ? null : reason
}

/** Whether a run is PENDING or RUNNING. */
export const isActive = (run: { state: RunState } | null): boolean =>
  run?.state === 'PENDING' || run?.state === 'RUNNING'

const wait = (reason: Reason): Judgement => ({ kind: 'wait', reason })
const localDisk = (reason: Reason): Judgement => ({ kind: 'local-disk', reason })
const provision = (reason: Reason): Judgement => ({ kind: 'provision', reason })

/** It waits until a person has mended the registry; what keeps any of the nodes that it could be from booting keeps it, too. */
function quarantined({ why, candidates }: Extract<WhoFacts, { kind: 'conflict' }>): Judgement {
  const closed = candidates.map(closedTo).reduce(strictest, null)
  const reason: Reason = {
    code: 'quarantined',
    slots: { why, candidates: candidates.map(({ name }) => name), closed: closed?.reason ?? null },
  }
  return { kind: closed?.kind ?? 'wait', reason }
}

/** A machine of the registry: its own state first, then its OS's, then what there is to install. */
function known(node: NodeFacts, site: SiteFacts, architecture: JudgeFacts['architecture']): Judgement {
  const closed = closedTo(node)
  if (closed) return closed
  const { name, instance, run, profile } = node
  if (instance?.state === 'RUNNING') return localDisk({ code: 'runs-its-os', slots: { node: name } })
  if (instance?.state === 'PROVISIONED')
    return localDisk({ code: 'finished', slots: { node: name, finish: profile?.finish ?? 'reboot' } })
  if (node.hold !== null) return wait({ code: 'held', slots: { text: node.hold } })
  if (isActive(run)) return provision({ code: 'run-goes-on', slots: { node: name } })
  if (instance?.state === 'FAILED') return wait({ code: 'run-failed', slots: { node: name, why: instance.status } })
  if (instance?.state === 'PROVISIONING') return wait({ code: 'no-run', slots: { node: name } })
  // A pending instance is a person's word, also for a machine that appeared by itself.
  const stranger = node.registered || instance ? null : unregistered(site)
  if (stranger) return stranger
  if (!profile) return wait({ code: 'no-profile', slots: { node: name } })
  const judged = ready(profile, site, { architecture: architecture ?? node.architecture, askedFor: instance !== null })
  const fault = judged.kind === 'provision' ? faultOfPlan(node, profile) : null
  if (fault) return wait(fault)
  const used = node.registered || site.overwriteUnregistered ? undefined : (node.disks ?? []).find(isUsed)
  if (judged.kind !== 'provision' || !used) return judged
  return wait({ code: 'disk-not-blank', slots: { disk: used.path, found: used.content.found } })
}

const ofProfile: ReadonlySet<string> = new Set<Reason['code']>([
  'image-kind',
  'config-unfit',
  'secure-boot-demanded',
  'secure-boot-refuses',
])

/** Why the profile, or its workflow, made no run at the last try; of another's nothing is known. */
function faultOfPlan({ planFault }: NodeFacts, { name, workflow }: ProfileFacts): Reason | null {
  const reason = planFault?.reason
  if (reason?.code === 'config-unreadable' || reason?.code === 'secret-missing') return reason
  if (reason && ofProfile.has(reason.code))
    return 'profile' in reason.slots && reason.slots.profile === name ? reason : null
  return reason && workflow && 'workflow' in reason.slots && reason.slots.workflow === workflow ? reason : null
}

/** What the site says of machines that nobody registered; null: they get its default profile. */
function unregistered({ unknownPolicy, defaultProfile }: SiteFacts): Judgement | null {
  const policy = unknownPolicy ?? (defaultProfile ? 'default-profile' : 'hold')
  if (policy === 'default-profile' && defaultProfile) return null
  const reason: Reason = { code: 'unregistered', slots: { policy: unknownPolicy } }
  return policy === 'refuse' ? { kind: 'refused', reason } : wait(reason)
}

/** A profile applies: is there everything that it needs, and has someone asked for it? */
function ready(
  profile: ProfileFacts | null,
  site: SiteFacts,
  { architecture, askedFor }: { architecture: JudgeFacts['architecture']; askedFor: boolean },
): Judgement {
  if (!profile) return wait({ code: 'unregistered', slots: { policy: 'default-profile' } })
  const { name, architecture: wanted, image } = profile
  if (architecture !== null && architecture !== wanted)
    return wait({ code: 'other-architecture', slots: { profile: name, wanted, has: architecture } })
  if (image.state === 'converting')
    return wait({ code: 'image-converting', slots: { image: image.name, profile: name } })
  if (image.state === 'failed') {
    const why = image.reason ?? { code: 'told', slots: { text: NO_REASON } }
    return wait({ code: 'image-failed', slots: { image: image.name, profile: name, why } })
  }
  if (!askedFor && !site.autoProvision) return wait({ code: 'not-asked-for', slots: { profile: name } })
  return provision({ code: 'installs', slots: { profile: name } })
}

/** A machine that nobody registered is written only when every disk that it could boot from is blank (decision 0007). */
const isUsed = ({ removable, readOnly, transport, size, content }: Disk) =>
  !removable && !readOnly && transport !== 'usb' && size > 0 && !content.blank
