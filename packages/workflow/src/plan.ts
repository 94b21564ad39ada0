import {
  type Action,
  addonsBuiltin,
  addonsSize,
  addsPartition,
  type BootOrder,
  type BuiltinArgs,
  type BuiltinArgument,
  type BuiltinName,
  builtInPlan,
  builtInPlanWithArguments,
  builtins,
  type DiskRule,
  type Finish,
  type ImageFacts,
  Plan,
  type ProfileWorkflow,
  type Reason,
} from '@eims/contracts'

/** A ready image: rawSize in bytes, frameCount of its manifest; facts are left out where nothing is known. */
export interface PlanImage {
  manifestSha256: string
  rawSize: number
  frameCount: number
  facts?: ImageFacts | null
}

interface PlanInput {
  /** of the profile: where the OS goes and how the unit ends */
  profile: { disk?: DiskRule | undefined; finish: Finish; growRoot: boolean; workflow?: ProfileWorkflow | null }
  /** what a unit with UEFI tries first */
  bootOrder: BootOrder
  image: PlanImage
  /** what actions of a workflow write instead, by their ids */
  images?: ReadonlyMap<string, PlanImage>
  /** may a disk that is not blank be overwritten, and why it may not */
  overwrite: { allowed: boolean; reason: Reason }
  /** sets of addons that its unit gets: each an archive of the store; empty, or left out: none */
  addons?: readonly { name: string; image: Pick<PlanImage, 'manifestSha256' | 'rawSize'> }[]
  /** words of the installed system's kernel command line that are added */
  kernelArguments?: readonly string[]
  /** the NoCloud documents, as packages/cloud-config makes them */
  seed: Omit<BuiltinArgs<'seed'>, 'growRoot'>
  /** label of the firmware's boot entry; cut to 64 characters */
  label: string
  /** seconds that the whole run may take; 0, or left out: no limit */
  timeout?: number | undefined
}

/**
 * The plan for one node: the profile's own workflow, its arguments filled up with what only the server knows; without one
 * the built-in plan. Addons come right before the seed where a workflow does not place them itself.
 *
 * @throws ZodError when the input makes no valid plan, which is a fault of the caller
 */
export function buildPlan(input: PlanInput): Plan {
  const steps = withAddons(
    input.profile.workflow ?? (input.kernelArguments?.length ? builtInPlanWithArguments : builtInPlan).map(step),
    input.addons ?? [],
  )
  const seeded = addsPartition(steps)
  const actions = steps.map((action) => ({
    ...action,
    with: filled(action, { ...argumentsOf(input), ...argumentsOfImage(input, action.id, seeded) }),
  }))
  return Plan.parse({ version: 1, actions, ...(input.timeout ? { timeout: input.timeout } : {}) })
}

function withAddons(steps: readonly Action[], addons: NonNullable<PlanInput['addons']>): readonly Action[] {
  const brings = ({ uses }: Action) => uses.kind === 'builtin' && uses.builtin === addonsBuiltin
  const seed = steps.findIndex((each) => addsPartition([each]))
  if (addons.length === 0 || seed < 0 || steps.some(brings)) return steps
  return steps.toSpliced(seed, 0, { ...step(addonsBuiltin), task: steps[seed]!.task })
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
function argumentsOf({
  profile,
  bootOrder,
  overwrite,
  kernelArguments,
  seed,
  label,
  addons = [],
}: PlanInput): Partial<BuiltinArgument> {
  return {
    rule: profile.disk ?? {},
    overwrite: overwrite.allowed,
    overwriteReason: overwrite.reason,
    ...(kernelArguments?.length ? { add: [...kernelArguments] } : {}),
    ...seed,
    growRoot: profile.growRoot,
    bootOrder,
    label: label.slice(0, 64),
    how: profile.finish,
    ...(addons.length > 0
      ? {
          sets: addons.map(({ name, image: { manifestSha256, rawSize: size } }) => ({ name, manifestSha256, size })),
          addonsSize: addonsSize(addons.map(({ image }) => image.rawSize)),
        }
      : {}),
  }
}

/** What an action is told of the image that it writes; where none writes one of its own, and for all others, of the OS's. */
function argumentsOfImage({ image, images }: PlanInput, id: string, seeded: boolean): Partial<BuiltinArgument> {
  const all = [...(images?.values() ?? [])]
  const { manifestSha256, rawSize, frameCount, facts } = images?.get(id) ?? all[0] ?? image
  return {
    imageSize: Math.max(rawSize, ...all.map((each) => each.rawSize)),
    manifestSha256,
    rawSize,
    frames: frameCount,
    archiveSha256: manifestSha256,
    archiveSize: rawSize,
    ...(facts ? { facts, seeded } : {}),
  }
}

/** The arguments of one action: what it says itself, and the rest out of `known`. */
function filled({ uses, with: own }: Pick<Action, 'uses' | 'with'>, known: Partial<BuiltinArgument>): Action['with'] {
  if (uses.kind !== 'builtin') throw new Error(`a plan is built of builtins, not of ${uses.image}`)
  const { arguments: schema } = builtins[uses.builtin]
  const wanted = Object.entries(known).filter(([name]) => Object.hasOwn(schema.shape, name))
  return schema.parse({ ...Object.fromEntries(wanted), ...own })
}
