import { type CloudInitDocuments, cloudInitDocuments } from '@eims/cloud-config'
import type { Run } from '@eims/contracts'
import {
  activeRun,
  createInstance,
  createPhoneHomeToken,
  currentInstance,
  dbNow,
  effectiveAccount,
  effectiveProfile,
  getSite,
  holdReason,
  newId,
  nodeDetail,
  setInstanceProfile,
  setNodeStatus,
  siteCaCertificate,
  createRun as storeRun,
} from '@eims/registry'
import { buildPlan, createRun } from '@eims/workflow'
import { isTls, urlFor } from '../urls.ts'
import type { Work } from './engine.ts'
import { whyHeld } from './hold.ts'

/**
 * The active run of an onboarded node, made if nothing speaks against it; else null, with the reason on the node.
 * The caller holds the node's lock. `base`: URL under which the unit will find us when it phones home.
 */
export async function ensureRun(work: Work, nodeId: string, base: string): Promise<Run | null> {
  const { tx, events } = work
  const running = await activeRun(tx, nodeId)
  if (running) return running
  const [node, hold, instance, effective, site, now] = await Promise.all([
    nodeDetail(tx, nodeId),
    holdReason(tx, nodeId),
    currentInstance(tx, nodeId),
    effectiveProfile(tx, nodeId),
    getSite(tx),
    dbNow(tx),
  ])
  if (instance && instance.state !== 'PENDING') return null
  const reason = whyHeld({ node, hold, instance, effective, site })
  if (reason) {
    await setNodeStatus(tx, nodeId, { statusText: 'held', indicator: 'IDLE', held: reason })
    if (node.held !== reason) events.push({ kind: 'node.changed', nodeId, message: `held: ${reason}` })
    return null
  }
  if (!effective?.image.manifestSha256 || !effective.image.rawSize)
    throw new Error(`node ${nodeId} is not held, though its profile has no ready image`)
  const { profile, image } = effective
  const { id: instanceId } = instance ?? (await createInstance(tx, { nodeId, profileId: profile.id }))
  if (instance && instance.profileId !== profile.id) await setInstanceProfile(tx, instanceId, profile.id)
  const runId = newId()
  const seed: CloudInitDocuments = cloudInitDocuments({
    node: { name: node.name },
    instanceId: runId,
    profile: { account: await effectiveAccount(tx, nodeId, profile), cloudConfig: profile.cloudConfig },
    site,
    phoneHome: {
      urls: [urlFor(base, '/agent/v1/phone-home')],
      token: await createPhoneHomeToken(tx, instanceId),
      caPem: isTls(base) ? await siteCaCertificate(tx) : null,
    },
  })
  const allowed = node.registered ? profile.overwrite : site.overwriteUnregistered
  const plan = buildPlan({
    profile: { disk: node.disk ?? profile.disk, finish: profile.finish, workflow: profile.workflow },
    image: { manifestSha256: effective.image.manifestSha256, rawSize: effective.image.rawSize },
    overwrite: {
      allowed,
      reason: node.registered
        ? { code: 'profile-keeps-disks', slots: { profile: profile.name } }
        : { code: 'nobody-registered-it', slots: {} },
    },
    seed: { ...seed },
    label: `eims ${image.name}`,
  })
  const run = createRun({ id: runId, nodeId, instanceId, plan, now })
  await storeRun(tx, run)
  await setNodeStatus(tx, nodeId, { statusText: `gets ${profile.name}`, indicator: 'IN_PROGRESS', held: null })
  events.push({ kind: 'run.created', nodeId, runId, message: `gets profile ${profile.name} with image ${image.name}` })
  return run
}
