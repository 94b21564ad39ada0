import { cloudConfigFault } from '@eims/cloud-config'
import { Finish, type Image, imageKind, type ProfileWorkflow, type Reason, type WorkflowReport } from '@eims/contracts'
import { dataOf, type Facts, type Note, type Planned, planOf, type Wanted } from '@eims/tinkerbell'
import { buildPlan, type PlanImage } from '@eims/workflow'
import { ZodError } from 'zod'
import { type Fetchable, fetchable, imageFor } from './template-images.ts'

/** The steps of a run as a template says them. */
export interface TemplateSteps {
  actions: ProfileWorkflow
  /** by the id of the action that writes it */
  images: Map<string, PlanImage>
  /** the store's own that it takes: each with what the template says of it */
  chosen: { wanted: Wanted; image: Image }[]
  /** the one that holds the OS; null: the profile's own */
  image: Image | null
  /** cloud-config of a seed of its own, into which ours is put; null: it has none */
  cloudConfig: string | null
  /** which disk the template names */
  disk: string | null
  /** seconds for the whole run; 0: no limit */
  timeout: number
}

/** Why a template gives no steps to this machine, and what would be fetched for it. */
export interface NoSteps {
  reason: Reason
  fetch: Fetchable[]
}

/** PURE: the one workflow of a template on one machine; or the first thing that is wrong. */
export function planFor(
  { name, text, report }: { name: string; text: string; report: WorkflowReport | null },
  facts: Facts,
): { planned: Planned } | { reason: Reason } {
  const { plans, ...read } = planOf(text, dataOf(facts).data, report)
  const mistakes = [...read.mistakes, ...plans.flatMap((plan) => faultOfSeed(plan) ?? faultOfActions(plan) ?? [])]
  const [planned, second] = mistakes.length > 0 ? [] : plans
  const node = facts.node?.name ?? ''
  const mistaken = (place: string, sentence: string, remedy: string, more = 0) => ({
    reason: { code: 'workflow-mistakes', slots: { workflow: name, node, place, sentence, remedy, more } } as const,
  })
  if (!planned) {
    const { line, column, path, sentence, remedy } = mistakes[0] ?? NO_WORKFLOW
    return mistaken(
      `line ${line}, column ${column} ${path}`.trimEnd(),
      sentence,
      remedy,
      Math.max(0, mistakes.length - 1),
    )
  }
  if (second)
    return mistaken(
      'line 1, column 1',
      `there are several workflows: ${plans.map((each) => each.name).join(', ')}`.slice(0, 1000),
      'Add each by a file of its own.',
    )
  if (planned.disabled !== null)
    return { reason: { code: 'workflow-disabled', slots: { workflow: name, text: planned.disabled.slice(0, 1000) } } }
  return { planned }
}

/** A seed of the template's own that is to hold ours, too. */
const reportingSeed = (actions: ProfileWorkflow) =>
  actions.find(({ with: { userData, reports } }) => typeof userData === 'string' && reports !== false)

/** PURE: where that cannot be. */
function faultOfSeed({ actions, sources }: Planned): Note | null {
  const own = reportingSeed(actions)
  const fault = own && cloudConfigFault(own.with.userData as string)
  if (!own || !fault) return null
  const { line, column, path } = sources[`${own.id}.userData`] ?? { line: 1, column: 1, path: '' }
  return { line, column, path, sentence: `the cloud-config ${fault}`, remedy: 'Mend it, or say report: none.' }
}

const anImage: PlanImage = { manifestSha256: '0'.repeat(64), rawSize: 1, frameCount: 1 }

/** PURE: what an action is told and cannot take, where nothing of it was seen before; null: all of it can be a plan. */
export function faultOfActions({ actions, sources }: Planned): Note | null {
  try {
    buildPlan({
      profile: { finish: Finish.enum.reboot, growRoot: true, workflow: actions },
      bootOrder: 'disk',
      image: anImage,
      overwrite: { allowed: false, reason: { code: 'nobody-registered-it', slots: {} } },
      seed: { metaData: '', userData: '', vendorData: '', networkConfig: '' },
      label: 'eims',
    })
    return null
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    const [issue] = error.issues
    const argument = issue?.path.join('.') ?? ''
    const [, at] = Object.entries(sources).find(([path]) => path.endsWith(`.${argument}`)) ?? []
    const { line, column, path } = at ?? { line: 1, column: 1, path: '' }
    return { line, column, path, sentence: `${argument} ${issue?.message}`.trim(), remedy: 'Write what it can be.' }
  }
}

const NO_WORKFLOW = { line: 1, column: 1, path: '', sentence: 'there is no workflow', remedy: 'Write one.' }

/**
 * PURE: a plan with the images that it takes.
 * @param published images from where it names them, newest first
 * @param own       the profile's
 */
export function withImages(
  planned: Planned,
  published: readonly Image[],
  { workflow, own }: { workflow: string; own: Image },
): TemplateSteps | NoSteps {
  const { architecture } = own
  const found = planned.images.map((wanted) => ({
    wanted,
    ...imageFor(wanted, published, { workflow, architecture, own }),
  }))
  const missing = found.flatMap((each) => ('reason' in each ? [each] : []))
  if (missing[0])
    return {
      reason: missing[0].reason,
      fetch: missing.flatMap(({ wanted, reason }) =>
        reason.code === 'workflow-image-missing' ? (fetchable(wanted, architecture) ?? []) : [],
      ),
    }
  const chosen = found.flatMap((each) => ('image' in each ? [each] : []))
  const { actions, cloudConfig } = withoutCloudConfig(planned.actions)
  return {
    actions,
    cloudConfig,
    chosen,
    images: new Map(chosen.map(({ wanted, image }) => [wanted.action, planImage(image)])),
    image: chosen[0]?.image ?? null,
    disk: planned.disk,
    timeout: planned.timeout ?? 0,
  }
}

/**
 * A template's own seed by which the OS is to report itself holds one cloud-config, theirs and ours (docs/decisions/0008);
 * one that is not to report stays as it is.
 */
function withoutCloudConfig(actions: ProfileWorkflow): Pick<TemplateSteps, 'actions' | 'cloudConfig'> {
  const own = reportingSeed(actions)
  if (!own) return { actions, cloudConfig: null }
  const { userData, metaData: _, ...rest } = own.with
  return {
    actions: actions.map((each) => (each === own ? { ...own, with: rest } : each)),
    cloudConfig: userData as string,
  }
}

/**
 * What is known of a disk concerns no action where an archive is unpacked.
 * @throws Error for an image that is not ready
 */
export function planImage(image: Image): PlanImage {
  const { name, manifestSha256, rawSize, frameCount } = image
  const facts = imageKind(image) === 'disk' ? image.facts : null
  if (!manifestSha256 || !rawSize || frameCount === null) throw new Error(`image ${name} is not ready`)
  return { manifestSha256, rawSize, frameCount, facts }
}
