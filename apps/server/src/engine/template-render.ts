import {
  addImageCommand,
  type DiskRule,
  namesWorkflow,
  publishedAt,
  type RenderedWorkflow,
  say,
  type WantedImage,
  type WorkflowRender,
  type WorkflowReport,
  withHiddenPassword,
} from '@eims/contracts'
import { type Db, effectiveProfile, getNode, getSite, imagesFrom, nodeDetail } from '@eims/registry'
import { dataOf, planOf, shownPlan, type Wanted } from '@eims/tinkerbell'
import { templateFacts } from './template-facts.ts'
import { imageFor } from './template-images.ts'
import { faultOfActions } from './template-steps.ts'

interface Asked extends WorkflowRender {
  /** as messages name it */
  workflow: string
  text: string
  report: WorkflowReport | null
  /** base URL under which machines find this server; null: nobody knows yet */
  server: string | null
}

/**
 * A template as a person looks at it, and the profile that the machine has: no run is made of it, and nothing secret
 * stands in it (the password of the site's proxy is hidden).
 * @throws ProblemError not-found when there is no such node
 */
export async function lookAt(db: Db, asked: Asked) {
  const { node, effective, data, standIns } = await seenBy(db, asked)
  const { plans, mistakes, warnings } = planOf(asked.text, data, asked.report)
  const faults = plans.flatMap((plan) => faultOfActions(plan) ?? [])
  return {
    node: node?.name ?? null,
    effective,
    disk: ruleOf('node', node?.disk) ?? ruleOf('profile', effective?.profile.disk),
    plans: faults.length > 0 ? [] : plans,
    standIns,
    mistakes: [...mistakes, ...faults],
    warnings,
  }
}

/**
 * What a template would see of a machine, as a person looks at it.
 * @throws ProblemError not-found when there is no such node
 */
export async function seenBy(db: Db, asked: WorkflowRender & Pick<Asked, 'server'>) {
  const id = asked.node === null ? null : (await getNode(db, asked.node)).id
  const [node, effective, site] = await Promise.all([
    id === null ? null : nodeDetail(db, id),
    id === null ? null : effectiveProfile(db, id),
    getSite(db),
  ])
  const use = effective?.profile.workflow ?? null
  const facts = templateFacts({
    node,
    effective,
    site: { ...site, httpProxy: site.httpProxy && withHiddenPassword(site.httpProxy) },
    server: asked.server,
    params: { ...(namesWorkflow(use) ? use.params : {}), ...asked.params },
  })
  const seen = dataOf({ ...facts, ...(asked.hardware ? { hardware: asked.hardware } : {}) })
  return { node, effective, ...seen }
}

const ruleOf = (of: 'node' | 'profile', rule: DiskRule | null | undefined) => (rule ? { rule, of } : null)

/** What it comes to, with the images that it takes. @throws ProblemError not-found when there is no such node */
export async function renderTemplate(db: Db, asked: Asked): Promise<RenderedWorkflow> {
  const { effective, plans, ...looked } = await lookAt(db, asked)
  const wanted = plans.flatMap(({ images }) => images)
  const published = await imagesFrom(
    db,
    wanted.map(({ url }) => publishedAt(url)),
  )
  const of = {
    workflow: asked.workflow,
    architecture: effective?.profile.architecture ?? null,
    own: effective?.image ?? null,
  }
  return { ...looked, workflows: plans.map((plan) => shownPlan(plan, (each) => imageOf(each, published, of))) }
}

function imageOf(
  wanted: Wanted,
  published: Parameters<typeof imageFor>[1],
  of: Parameters<typeof imageFor>[2],
): WantedImage {
  const { action, kind, sha256, spot } = wanted
  const url = publishedAt(wanted.url)
  const found = imageFor(wanted, published, of)
  const reason = 'reason' in found ? found.reason : null
  const mayBeAdded = reason && !['workflow-image-converting', 'workflow-image-unsure'].includes(reason.code)
  return {
    action,
    kind,
    url,
    sha256,
    line: spot.line,
    column: spot.column,
    image: 'image' in found ? found.image.name : null,
    why: reason && say(reason),
    remedy: mayBeAdded ? addImageCommand({ url, kind, sha256 }) : null,
  }
}
