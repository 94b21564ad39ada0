import {
  publishedAt,
  type RenderedWorkflow,
  type WantedImage,
  type WorkflowParams,
  type WorkflowReport,
} from '@eims/contracts'
import { dataOf, planOf, sample, shownPlan, type Wanted } from '@eims/tinkerbell'

const { server } = sample.site
const siteStandIn = { path: '.site.server', value: server, why: 'no server is asked: the site is a sample’s' }

/**
 * PURE: what a template comes to on a machine that is made up, at a site that is made up, without any server. Whether a
 * store has the images that it takes is not known then.
 * @param params what a profile would say
 * @param report how the OS reports itself, where a person said it
 */
export function renderSample(
  text: string,
  params: WorkflowParams = {},
  report: WorkflowReport | null = null,
): RenderedWorkflow {
  const { data, standIns } = dataOf({ ...sample, node: null, profile: null, image: null, params })
  const { plans, mistakes, warnings } = planOf(text, data, report)
  return {
    node: null,
    disk: null,
    workflows: plans.map((plan) => shownPlan(plan, unasked)),
    standIns: [...standIns, siteStandIn],
    mistakes,
    warnings,
  }
}

const unasked = ({ action, kind, url, sha256, spot: { line, column } }: Wanted): WantedImage => ({
  action,
  kind,
  url: publishedAt(url),
  sha256,
  line,
  column,
  image: null,
  why: 'no server was asked whether its store has it',
  remedy: null,
})
