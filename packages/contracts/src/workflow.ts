import { z } from 'zod'
import { Action, BuiltinArguments, type BuiltinName } from './plan.ts'

/** What a profile may say of a builtin; the rest (image, disk interlock, cloud-init documents) is the server's own. */
const open: Record<BuiltinName, readonly string[]> = {
  inventory: [],
  'choose-disk': ['rule'],
  'write-image': [],
  seed: ['vendorData', 'networkConfig'],
  'boot-order': ['label'],
  reboot: ['how'],
}

/** Without the disk chosen and the image written these have nothing to work on. */
const needs: Partial<Record<BuiltinName, BuiltinName>> = {
  'write-image': 'choose-disk',
  seed: 'write-image',
  'boot-order': 'choose-disk',
}

type Fault = (path: (string | number)[], message: string) => void

/**
 * A profile's own steps in the place of the built-in plan: builtins in an order of its own, with other time limits, or
 * some of them left out. `with` holds only what `open` allows; the server fills in the rest when the run is made.
 */
export const ProfileWorkflow = z
  .array(
    z.strictObject({
      ...Action.shape,
      uses: z.strictObject({
        kind: z.literal('builtin', 'must be builtin: images of actions are not run yet'),
        builtin: z.enum(Object.keys(BuiltinArguments) as [BuiltinName, ...BuiltinName[]]),
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
    const builtins = new Set<BuiltinName>()
    for (const [index, { id, name, uses, with: args }] of actions.entries()) {
      const { builtin } = uses
      if (before.has(`id ${id}`)) fault([index, 'id'], `is the id of an earlier action, too: ${id}`)
      if (before.has(`name ${name}`)) fault([index, 'name'], `is the name of an earlier action, too: ${name}`)
      before.add(`id ${id}`).add(`name ${name}`)
      checkArguments(index, builtin, args, fault)
      const needed = needs[builtin]
      if (needed && !builtins.has(needed))
        fault([index, 'uses', 'builtin'], `${builtin} needs an earlier action that uses ${needed}`)
      if (builtin === 'choose-disk' && builtins.has(builtin))
        fault([index, 'uses', 'builtin'], 'choose-disk may stand there once: the image goes to one disk')
      builtins.add(builtin)
    }
    if (
      actions.at(-1)?.uses.builtin !== 'reboot' ||
      actions.filter((each) => each.uses.builtin === 'reboot').length > 1
    )
      fault([actions.length - 1, 'uses', 'builtin'], 'the last action, and only it, must use reboot')
    if (!builtins.has('write-image')) fault([], 'has no action that uses write-image')
  })
export type ProfileWorkflow = z.infer<typeof ProfileWorkflow>

function checkArguments(index: number, builtin: BuiltinName, args: Record<string, unknown>, fault: Fault): void {
  const shape: Record<string, z.ZodType> = BuiltinArguments[builtin].shape
  for (const [key, value] of Object.entries(args)) {
    const schema = open[builtin].includes(key) ? shape[key] : undefined
    if (!schema) {
      fault(
        [index, 'with', key],
        `is not for a profile to say; of ${builtin} it may say: ${open[builtin].join(', ') || 'nothing'}`,
      )
      continue
    }
    const issue = schema.safeParse(value).error?.issues[0]
    if (issue) fault([index, 'with', key, ...(issue.path as (string | number)[])], issue.message)
  }
}
