import {
  type Action,
  addsPartition,
  type BootOrder,
  type BuiltinArgs,
  type BuiltinArgument,
  type BuiltinName,
  builtInPlan,
  builtins,
  type DiskRule,
  type Finish,
  type ImageFacts,
  Plan,
  type ProfileWorkflow,
  type Reason,
} from '@eims/contracts'

interface PlanInput {
  /** of the profile: where the OS goes and how the unit ends */
  profile: { disk?: DiskRule | undefined; finish: Finish; growRoot: boolean; workflow?: ProfileWorkflow | null }
  /** what a unit with UEFI tries first */
  bootOrder: BootOrder
  /** of a ready image; rawSize in bytes, frameCount of its manifest; facts are left out where nothing is known */
  image: { manifestSha256: string; rawSize: number; frameCount: number; facts?: ImageFacts | null }
  /** may a disk that is not blank be overwritten, and why it may not */
  overwrite: { allowed: boolean; reason: Reason }
  /** the NoCloud documents, as packages/cloud-config makes them */
  seed: Omit<BuiltinArgs<'seed'>, 'growRoot'>
  /** label of the firmware's boot entry; cut to 64 characters */
  label: string
}

/**
 * The plan for one node: the profile's own workflow, its arguments filled up with what only the server knows; without one
 * the built-in plan.
 *
 * @throws ZodError when the input makes no valid plan, which is a fault of the caller
 */
export function buildPlan(input: PlanInput): Plan {
  const steps = input.profile.workflow ?? builtInPlan.map(step)
  const known = argumentsOf(input, addsPartition(steps))
  const actions = steps.map((action) => ({ ...action, with: filled(action, known) }))
  return Plan.parse({ version: 1, actions })
}

const step = (name: BuiltinName): Action => ({
  id: name,
  task: 'install-os',
  name,
  uses: { kind: 'builtin', builtin: name },
  with: {},
  env: {},
  timeout: builtins[name].timeout,
  repeatable: builtins[name].repeatable,
})

/** What only the server knows, and what a profile may say but did not, for every argument of any builtin. */
function argumentsOf(
  { profile, bootOrder, image, overwrite, seed, label }: PlanInput,
  seeded: boolean,
): BuiltinArgument {
  return {
    rule: profile.disk ?? {},
    imageSize: image.rawSize,
    overwrite: overwrite.allowed,
    overwriteReason: overwrite.reason,
    manifestSha256: image.manifestSha256,
    rawSize: image.rawSize,
    frames: image.frameCount,
    ...(image.facts ? { facts: image.facts, seeded } : {}),
    ...seed,
    growRoot: profile.growRoot,
    bootOrder,
    label: label.slice(0, 64),
    how: profile.finish,
  }
}

/** The arguments of one action: what it says itself, and the rest out of `known`. */
function filled({ uses, with: own }: Pick<Action, 'uses' | 'with'>, known: BuiltinArgument): Action['with'] {
  if (uses.kind !== 'builtin') throw new Error(`a plan is built of builtins, not of ${uses.image}`)
  const { arguments: schema } = builtins[uses.builtin]
  const wanted = Object.entries(known).filter(([name]) => Object.hasOwn(schema.shape, name))
  return schema.parse({ ...Object.fromEntries(wanted), ...own })
}
