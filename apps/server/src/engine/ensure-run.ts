import {
  type Image,
  imageKind,
  imageKindFor,
  namesWorkflow,
  type Profile,
  publishedAt,
  type Reason,
  type Run,
  withHiddenPassword,
  worded,
  writesDisk,
} from '@eims/contracts'
import {
  archivesOf,
  configFilesOf,
  createPhoneHomeToken,
  type Db,
  effectiveAccount,
  effectiveProfile,
  getSite,
  getWorkflow,
  imagesFrom,
  keepRow,
  newId,
  nodeDetail,
  siteCaCertificate,
} from '@eims/registry'
import type { Facts } from '@eims/tinkerbell'
import { unitOrReason, unitPlan } from '@eims/unit-plan'
import { againstSecureBoot, createRun, isActive, judge } from '@eims/workflow'
import { isTls, urlFor } from '../urls.ts'
import type { Engine } from './engine.ts'
import { secretsFor } from './secrets.ts'
import { templateFacts } from './template-facts.ts'
import { fetchable } from './template-images.ts'
import { type NoSteps, planFor, planImage, type TemplateSteps, withImages } from './template-steps.ts'
import { endWork, setNode, type Work } from './work.ts'

/**
 * The active run of an onboarded node, made if the judge lets it be provisioned; else null. A node whose workflow comes to
 * no plan waits, with the reason; what it misses is fetched where it can be, and each look tries anew.
 * `base`: URL under which the unit will find us when it phones home.
 */
export async function ensureRun(engine: Pick<Engine, 'fetchImages'>, work: Work, base: string): Promise<Run | null> {
  const { node, site, run } = work.state
  if (isActive(run)) return run
  const { kind } = judge({ who: { kind: 'node', node: { ...node, planFault: null } }, site, architecture: null })
  return kind === 'provision' ? await makeRun(engine, work, base) : null
}

async function makeRun(engine: Pick<Engine, 'fetchImages'>, work: Work, base: string): Promise<Run | null> {
  const { tx } = work
  const { now, node: facts, session } = work.state
  const { id: nodeId, instance } = facts
  const [node, effective, site] = await Promise.all([nodeDetail(tx, nodeId), effectiveProfile(tx, nodeId), getSite(tx)])
  if (!effective) throw new Error(`node ${nodeId} may be provisioned, though it has no profile`)
  const { profile } = effective
  const noPlan = ({ reason, fetch }: NoSteps): null => {
    setNode(work, { planFault: reason })
    work.state.node.planFault = { reason, at: new Date(now).toISOString() }
    if (fetch.length > 0) void engine.fetchImages?.(fetch)
    return null
  }
  const factsBy = (httpProxy: string | null) =>
    templateFacts({
      node: { ...node, bootMac: session?.bootMac ?? null },
      effective,
      site: { ...site, httpProxy },
      server: base,
      params: namesWorkflow(profile.workflow) ? profile.workflow.params : {},
    })
  const steps = await stepsOf(work, effective, factsBy(site.httpProxy))
  if ('reason' in steps) {
    const proxy = site.httpProxy && withHiddenPassword(site.httpProxy)
    if (proxy === site.httpProxy) return noPlan(steps)
    // Viewers read why, and mistakes quote what the template comes to.
    const shown = await stepsOf(work, effective, factsBy(proxy))
    return noPlan({ ...steps, reason: 'reason' in shown ? shown.reason : ofPassword(profile, node.name) })
  }
  const gone = await firstGone(tx, steps.chosen)
  if (gone) return noPlan(goneFrom(gone, profile))
  const unsafe = againstSecureBoot(profile, written(steps, effective.image), node.inventory)
  if (unsafe) return noPlan({ reason: unsafe, fetch: [] })
  const account = await effectiveAccount(tx, nodeId, profile)
  const nics = node.inventory?.nics ?? []
  const image = steps.image ?? effective.image
  const cloudConfig = steps.cloudConfig ?? profile.cloudConfig
  const files = await configFilesOf(tx, nodeId)
  const texts = files.map(({ text }) => text)
  const unit = unitOrReason(
    files,
    { nodeName: node.name, nics, imageType: profile.type, account: account ?? null, addons: profile.addons },
    {
      site,
      workflow: steps.actions,
      profile: { ...profile, cloudConfig },
      image,
      resolve: await secretsFor(tx, texts),
    },
  )
  if (unit && 'reason' in unit) return noPlan({ reason: unit.reason, fetch: [] })
  if (facts.planFault) setNode(work, { planFault: null })
  const ofImage = planImage(image)
  const { changes } = work
  const instanceId = instance?.id ?? newId()
  if (!instance) changes.newInstance = { id: instanceId, nodeId, profileId: profile.id }
  else if (instance.profile !== profile.name) changes.instance = { id: instanceId, profileId: profile.id }
  const runId = newId()
  const reason: Reason = node.registered
    ? { code: 'profile-keeps-disks', slots: { profile: profile.name } }
    : { code: 'nobody-registered-it', slots: {} }
  const named = steps.disk === null ? undefined : { match: steps.disk }
  const { plan, installs } = unitPlan({
    node: { name: node.name, serial: node.serial, uuid: node.uuid, macs: node.macs, nics },
    runId,
    now,
    profile,
    account,
    cloudConfig,
    workflow: steps.actions,
    disk: node.disk ?? profile.disk ?? named,
    image: { ...ofImage, name: image.name },
    images: steps.images,
    site,
    unit,
    phoneHome: {
      urls: [urlFor(base, '/agent/v1/phone-home')],
      token: await createPhoneHomeToken(tx, instanceId),
      caPem: isTls(base) ? await siteCaCertificate(tx) : null,
    },
    overwrite: { allowed: node.registered ? profile.overwrite : site.overwriteUnregistered, reason },
    addons: unit?.addons.length ? await archivesOf(tx, profile.id) : [],
    timeout: steps.timeout,
  })
  // The newest run of a node is the last one made, also after the clock was set back.
  const createdAt = Math.max(now, (work.state.run?.createdAt ?? 0) + 1)
  const run = createRun({ id: runId, nodeId, instanceId, installs, plan, now: createdAt })
  changes.run = { before: null, after: run }
  const gets: Reason = { code: 'gets-profile', slots: { profile: profile.name } }
  setNode(work, { status: { reason: gets, indicator: 'IN_PROGRESS' } })
  const data = { profile: profile.name, image: image.name }
  changes.events.push(worded({ kind: 'run.created', nodeId, runId, data }))
  // Written before the run's first step: what one statement makes, it cannot change as well.
  await endWork(work)
  return run
}

/** The images whose loaders the firmware will start. */
function written({ actions, chosen }: Steps, own: Image): Image[] {
  if (actions && !writesDisk(actions)) return []
  return chosen.length > 0 ? chosen.map(({ image }) => image) : [own]
}

/** The first image that is no more, of those that are taken; the others stay until the transaction ends. */
async function firstGone(tx: Db, chosen: TemplateSteps['chosen']) {
  for (const each of chosen) if (!(await keepRow(tx, 'image', each.image))) return each
  return null
}

function goneFrom({ wanted, image }: TemplateSteps['chosen'][number], { name, workflow: use }: Profile): NoSteps {
  const workflow = namesWorkflow(use) ? use.workflow : name
  const { url, kind, sha256 } = wanted
  return {
    reason: { code: 'workflow-image-missing', slots: { workflow, url: publishedAt(url), kind, sha256 } },
    fetch: [fetchable(wanted, image.architecture)].filter((each) => each !== null),
  }
}

/** Of a template that is at fault only with the password of the site's proxy, which nobody is shown. */
const ofPassword = ({ name, workflow }: Profile, node: string): Reason => ({
  code: 'workflow-mistakes',
  slots: {
    workflow: namesWorkflow(workflow) ? workflow.workflow : name,
    node,
    place: 'line 1, column 1',
    sentence: 'the password of the site’s proxy makes it no plan',
    remedy: 'Do not use the proxy there.',
    more: 0,
  },
})

const noTemplate = { images: new Map(), chosen: [], image: null, disk: null, cloudConfig: null, timeout: 0 }

type Steps = Omit<TemplateSteps, 'actions'> & { actions: TemplateSteps['actions'] | null }

/** The profile's own steps, or what the workflow that it names comes to on this machine; without `actions` the built-in plan. */
async function stepsOf(
  { tx }: Work,
  { profile, image: own }: { profile: Profile; image: Image },
  facts: Facts,
): Promise<Steps | NoSteps> {
  if (!namesWorkflow(profile.workflow)) {
    const kind = imageKindFor(profile.workflow)
    if (kind && imageKind(own) !== kind)
      return { reason: { code: 'image-kind', slots: { image: own.name, profile: profile.name, kind } }, fetch: [] }
    return { ...noTemplate, actions: profile.workflow }
  }
  const stored = await getWorkflow(tx, profile.workflow.workflow)
  const read = planFor(stored, facts)
  if ('reason' in read) return { reason: read.reason, fetch: [] }
  const published = await imagesFrom(
    tx,
    read.planned.images.map(({ url }) => publishedAt(url)),
  )
  return withImages(read.planned, published, { workflow: stored.name, own })
}
