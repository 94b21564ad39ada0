import { z } from 'zod'
import { type Builtin, type BuiltinName, builtinNames, builtins } from './builtins.ts'
import { named } from './component.ts'
import { Name } from './image.ts'
import type { ImageKind } from './image-facts.ts'
import { Action } from './plan.ts'

type Fault = (path: (string | number)[], message: string) => void

/**
 * A profile's own steps in the place of the built-in plan: builtins in an order of its own, with other time limits, or
 * some of them left out. `with` holds only what the builtin leaves open; the server fills in the rest when the run is made.
 */
export const ProfileWorkflow = z
  .array(
    z.strictObject({
      ...Action.shape,
      uses: z.strictObject({
        kind: z.literal('builtin', 'must be builtin: images of actions are not run yet'),
        builtin: z.enum(builtinNames),
      }),
      with: z.record(z.string(), z.unknown()).default({}),
      env: z.record(z.string().max(128), z.string().max(4096)).default({}),
      repeatable: z.boolean().default(true),
    }),
  )
  .min(1, 'needs at least one action')
  .max(100)
  .superRefine((actions, ctx) => {
    const fault: Fault = (path, message) => ctx.addIssue({ code: 'custom', path, message })
    const before = new Set<string>()
    const used = new Set<string>()
    for (const [index, { id, name, uses, with: args, after, timeout }] of actions.entries()) {
      const { needs, once, byEngine }: Builtin = builtins[uses.builtin]
      if (before.has(`id ${id}`)) fault([index, 'id'], `is the id of an earlier action, too: ${id}`)
      if (before.has(`name ${name}`)) fault([index, 'name'], `is the name of an earlier action, too: ${name}`)
      if (after && !before.has(`id ${after.action}`))
        fault([index, 'after', 'action'], `is not the id of an earlier action: ${after.action}`)
      if (byEngine && timeout !== 0) fault([index, 'timeout'], `must be 0: ${uses.builtin} takes what time it takes`)
      before.add(`id ${id}`).add(`name ${name}`)
      checkArguments(index, uses.builtin, args, fault)
      if (needs && !used.has(needs))
        fault([index, 'uses', 'builtin'], `${uses.builtin} needs an earlier action that uses ${needs}`)
      if (once && used.has(uses.builtin))
        fault([index, 'uses', 'builtin'], `${uses.builtin} may stand there once: ${once}`)
      used.add(uses.builtin)
    }
    const ending = those(({ last }) => last)
    if (actions.findIndex(({ uses }) => ending.includes(uses.builtin)) !== actions.length - 1)
      fault([actions.length - 1, 'uses', 'builtin'], `the last action, and only it, must use ${ending.join(' or ')}`)
    const installing = those(({ installs }) => installs)
    if (!installing.some((name) => used.has(name))) fault([], `has no action that uses ${installing.join(' or ')}`)
  })
export type ProfileWorkflow = z.infer<typeof ProfileWorkflow>

/** What the text of a workflow template may hold. */
export const MOST_TEMPLATE_BYTES = 256 * 1024

/** `seed`: the OS that a workflow installs reports itself, by the cloud-init seed that eims puts on the disk; `none`: it does not */
export const WorkflowReport = z.enum(['seed', 'none'])
export type WorkflowReport = z.infer<typeof WorkflowReport>

/** What a profile tells a template besides; the template sees it as `params`. */
export const WorkflowParams = z
  .record(
    z.string().regex(/^[A-Za-z_]\w{0,63}$/, 'must be 1 to 64 letters, digits and _, no digit first'),
    z.string().max(4096),
  )
  .refine((params) => Object.keys(params).length <= 100, 'holds more than 100 names')
export type WorkflowParams = z.infer<typeof WorkflowParams>

/** A profile's steps by the name of a stored workflow template, which is rendered for each machine. */
export const WorkflowUse = z.strictObject({ workflow: Name, params: WorkflowParams.default({}) })
export type WorkflowUse = z.infer<typeof WorkflowUse>

/** Whether a profile names a stored workflow, and has no steps of its own. */
export const namesWorkflow = (workflow: ProfileWorkflow | WorkflowUse | null): workflow is WorkflowUse =>
  workflow !== null && !Array.isArray(workflow)

/** PURE: what a profile's image has to be for its steps; null where only a stored workflow knows. */
export function imageKindFor(workflow: ProfileWorkflow | WorkflowUse | null): Exclude<ImageKind, 'addons'> | null {
  if (namesWorkflow(workflow)) return null
  const unpacks = workflow?.some(({ uses }) => (builtins[uses.builtin] as Builtin).takes === 'archive')
  return unpacks ? 'archive' : 'disk'
}

/** PURE: whether steps write the image of a disk, with its loaders, as it is. */
export const writesDisk = (workflow: ProfileWorkflow): boolean =>
  workflow.some(({ uses }) => {
    const { manifest, takes }: Builtin = builtins[uses.builtin]
    return manifest !== undefined && takes !== 'archive'
  })

const those = (are: (builtin: Builtin) => true | undefined): BuiltinName[] =>
  builtinNames.filter((name) => are(builtins[name]))

function checkArguments(index: number, name: BuiltinName, args: Record<string, unknown>, fault: Fault): void {
  const { open, arguments: all }: Builtin = builtins[name]
  for (const [key, value] of Object.entries(args)) {
    const schema = open.includes(key) ? all.shape[key] : undefined
    if (!schema) {
      fault([index, 'with', key], `is not for a profile to say; of ${name} it may say: ${open.join(', ') || 'nothing'}`)
      continue
    }
    const issue = z.safeParse(schema, value).error?.issues[0]
    if (issue) fault([index, 'with', key, ...(issue.path as (string | number)[])], issue.message)
  }
}

named({ ProfileWorkflow, WorkflowUse })
