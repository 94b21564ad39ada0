import { type CloudInitDocuments, cloudInitDocuments } from '@eims/cloud-config'
import type { Installed, Reason, Run } from '@eims/contracts'
import {
  createPhoneHomeToken,
  effectiveAccount,
  effectiveProfile,
  getSite,
  newId,
  nodeDetail,
  siteCaCertificate,
} from '@eims/registry'
import { buildPlan, createRun, isActive, judge } from '@eims/workflow'
import { isTls, urlFor } from '../urls.ts'
import { endWork, setNode, type Work } from './work.ts'

/**
 * The active run of an onboarded node, made if the judge lets it be provisioned; else null.
 * `base`: URL under which the unit will find us when it phones home.
 */
export async function ensureRun(work: Work, base: string): Promise<Run | null> {
  const { node, site, run } = work.state
  if (isActive(run)) return run
  const { kind } = judge({ who: { kind: 'node', node }, site, architecture: null })
  return kind === 'provision' ? await makeRun(work, base) : null
}

async function makeRun(work: Work, base: string): Promise<Run> {
  const { tx, changes } = work
  const { now, node: facts } = work.state
  const { id: nodeId, instance } = facts
  const [node, effective, site] = await Promise.all([nodeDetail(tx, nodeId), effectiveProfile(tx, nodeId), getSite(tx)])
  const { manifestSha256, rawSize, frameCount } = effective?.image ?? {}
  if (!effective || !manifestSha256 || !rawSize || frameCount == null)
    throw new Error(`node ${nodeId} may be provisioned, though its profile has no ready image`)
  const { profile, image } = effective
  const instanceId = instance?.id ?? newId()
  if (!instance) changes.newInstance = { id: instanceId, nodeId, profileId: profile.id }
  else if (instance.profile !== profile.name) changes.instance = { id: instanceId, profileId: profile.id }
  const runId = newId()
  const seed: CloudInitDocuments = cloudInitDocuments({
    node: { name: node.name, nics: node.inventory?.nics ?? [] },
    instanceId: runId,
    profile: {
      account: await effectiveAccount(tx, nodeId, profile),
      cloudConfig: profile.cloudConfig,
      networkConfig: profile.networkConfig,
    },
    site,
    phoneHome: {
      urls: [urlFor(base, '/agent/v1/phone-home')],
      token: await createPhoneHomeToken(tx, instanceId),
      caPem: isTls(base) ? await siteCaCertificate(tx) : null,
    },
  })
  const reason: Reason = node.registered
    ? { code: 'profile-keeps-disks', slots: { profile: profile.name } }
    : { code: 'nobody-registered-it', slots: {} }
  const plan = buildPlan({
    profile: { ...profile, disk: node.disk ?? profile.disk },
    bootOrder: profile.bootOrder ?? site.bootOrder,
    image: { manifestSha256, rawSize, frameCount, facts: effective.image.facts },
    overwrite: { allowed: node.registered ? profile.overwrite : site.overwriteUnregistered, reason },
    seed: { ...seed },
    label: `eims ${image.name}`,
  })
  const installs: Installed = { profile: profile.name, version: profile.version, image: image.name, manifestSha256 }
  // The newest run of a node is the last one made, also after the clock was set back.
  const createdAt = Math.max(now, (work.state.run?.createdAt ?? 0) + 1)
  const run = createRun({ id: runId, nodeId, instanceId, installs, plan, now: createdAt })
  changes.run = { before: null, after: run }
  const gets: Reason = { code: 'gets-profile', slots: { profile: profile.name } }
  setNode(work, { status: { reason: gets, indicator: 'IN_PROGRESS' } })
  const message = `gets profile ${profile.name} with image ${image.name}`
  changes.events.push({
    kind: 'run.created',
    nodeId,
    runId,
    message,
    data: { profile: profile.name, image: image.name },
  })
  // Written before the run's first step: what one statement makes, it cannot change as well.
  await endWork(work)
  return run
}
