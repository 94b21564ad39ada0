import { z } from 'zod'
import { named } from './component.ts'
import { DiskRule } from './disk-rule.ts'
import { Name, Sha256 } from './image.ts'
import { HardwareSpec } from './node.ts'
import { PlacedNote } from './placed-note.ts'
import { Action } from './plan.ts'
import { WantedKind } from './reason.ts'
import { MOST_TEMPLATE_BYTES, WorkflowParams, WorkflowReport } from './workflow.ts'

const text = z
  .string()
  .min(1, 'is empty')
  .refine(
    (given) => new TextEncoder().encode(given).length <= MOST_TEMPLATE_BYTES,
    `has more than ${MOST_TEMPLATE_BYTES} bytes`,
  )

/**
 * What a template is told when it is looked at: of a node, by its id, name, serial, UUID or MAC (null: of a machine that is
 * made up), with what a profile would say, and with the spec of a Tinkerbell Hardware in the place of the node's own.
 */
const rendering = {
  node: z.string().trim().min(1).max(128).nullable().default(null),
  params: WorkflowParams.default({}),
  hardware: HardwareSpec.nullable().default(null),
}
export const WorkflowRender = z.strictObject(rendering)
export type WorkflowRender = z.infer<typeof WorkflowRender>

/** A workflow template as it is kept: Tinkerbell's, the text of a file, which is rendered for each machine. */
export const WorkflowInput = z.strictObject({
  name: Name,
  text,
  /** whether a unit's OS reports itself by our cloud-init seed; null: as the template needs it */
  report: WorkflowReport.nullable().default(null),
  note: z.string().trim().max(4096).nullable().default(null),
  /** images that it names by URL and checksum are fetched, unless the store has them; said anew each time */
  fetch: z.boolean().default(true),
  // for the look at it before it is kept, and no part of it
  ...rendering,
})
export type WorkflowInput = z.infer<typeof WorkflowInput>

/** A stored workflow as lists show it. */
export const WorkflowSummary = z.object({
  id: z.string(),
  name: z.string(),
  report: WorkflowReport.nullable(),
  /** what comes of it for a machine of which nothing special is known; none: its runs end with the OS written */
  reports: WorkflowReport,
  note: z.string().nullable(),
  /** names of the profiles that use it, the first ones */
  profiles: z.array(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})
export type WorkflowSummary = z.infer<typeof WorkflowSummary>

export const Workflow = WorkflowSummary.extend({ text: z.string() })
export type Workflow = z.infer<typeof Workflow>

/** The text of a template that is not kept. */
export const WorkflowCheck = z.strictObject({
  text,
  report: WorkflowReport.nullable().default(null),
  ...rendering,
})
export type WorkflowCheck = z.infer<typeof WorkflowCheck>

const spot = { line: z.number().int(), column: z.number().int() }

/** An image that an action takes. */
const WantedImage = z.object({
  /** id of the action */
  action: z.string(),
  kind: WantedKind,
  /** without what opens it */
  url: z.string(),
  sha256: Sha256.nullable(),
  ...spot,
  /** name of the image that it is; null: none of the store's is it, or it cannot be used yet */
  image: z.string().nullable(),
  /** why it is none that can be used */
  why: z.string().nullable(),
  /** the command that adds it; null: nothing is to be done */
  remedy: z.string().nullable(),
})
export type WantedImage = z.infer<typeof WantedImage>

const PlannedWorkflow = z.object({
  name: z.string(),
  /** seconds for all of it; 0 or null: no limit */
  timeout: z.number().int().nullable(),
  /** why it must not run now; null: it may */
  disabled: z.string().nullable(),
  /** what stands in them is what the template says; what only the server knows is added when a run is made */
  actions: z.array(Action),
  /** which disk it names, as a profile's disk rule does, unless the node or its profile has one; null: none */
  disk: z.string().nullable(),
  images: z.array(WantedImage),
  report: WorkflowReport,
  reportWhy: z.string(),
  /** where in the file each action and each of its arguments was said, by `ID` and `ID.ARGUMENT`; the others are ours */
  sources: z.record(z.string(), z.object(spot)),
})
export type PlannedWorkflow = z.infer<typeof PlannedWorkflow>

/** What a template comes to on one machine. */
export const RenderedWorkflow = z.object({
  /** name of the node; null: a machine that is made up */
  node: z.string().nullable(),
  /** the rule by which a run chooses the disk, over what a workflow names, and whose it is; null: neither of them has one */
  disk: z.object({ rule: DiskRule, of: z.enum(['node', 'profile']) }).nullable(),
  /** none when there is a mistake */
  workflows: z.array(PlannedWorkflow),
  /** values that stand for what is not known before a run: `/dev/chosen` for the disk that is chosen then */
  standIns: z.array(z.object({ path: z.string(), value: z.string(), why: z.string() })),
  mistakes: z.array(PlacedNote),
  /** what was left out, and what is not as it looks */
  warnings: z.array(PlacedNote),
})
export type RenderedWorkflow = z.infer<typeof RenderedWorkflow>

/** Something that an action may be told, by its environment. */
const LanguageVariable = z.object({
  name: z.string(),
  required: z.boolean(),
  /** the words that it may be; none: any of its kind */
  among: z.array(z.string()),
  /** what it is when it is left out; null: nothing */
  default: z.string().nullable(),
  /** why it changes nothing here; null: it does */
  unused: z.string().nullable(),
})

/** What may stand in a workflow template: for editors, and for whoever writes one. */
export const WorkflowLanguage = z.object({
  /** keys of the file, of a task and of an action */
  keys: z.object({ file: z.array(z.string()), task: z.array(z.string()), action: z.array(z.string()) }),
  actions: z.array(
    z.object({
      /** last part of its image's name */
      name: z.string(),
      /** what of ours does it; null: nothing, or that depends on what it is told */
      builtin: z.string().nullable(),
      environment: z.array(LanguageVariable),
    }),
  ),
  /** of Go's text/template and Sprig */
  functions: z.array(z.string()),
  /** what the template sees, by the path that it writes (`.node.serial`), with its beginning as text */
  values: z.array(z.object({ path: z.string(), value: z.string() })),
})
export type WorkflowLanguage = z.infer<typeof WorkflowLanguage>

/** Of which machine the values are, by its id, name, serial, UUID or MAC; left out: of one that is made up. */
export const WorkflowLanguageQuery = z.strictObject({ node: z.string().trim().min(1).max(128).optional() })

named({
  LanguageVariable,
  PlannedWorkflow,
  RenderedWorkflow,
  WantedImage,
  Workflow,
  WorkflowCheck,
  WorkflowInput,
  WorkflowLanguage,
  WorkflowRender,
  WorkflowSummary,
})
