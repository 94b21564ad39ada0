import {
  type Action,
  type BuiltinArgs,
  BuiltinArguments,
  type BuiltinName,
  type DiskRule,
  type Finish,
  Plan,
  type ProfileWorkflow,
} from '@eims/contracts'

export interface PlanInput {
  /** of the profile: where the OS goes and how the unit ends */
  profile: { disk?: DiskRule | undefined; finish: Finish; workflow?: ProfileWorkflow | null }
  /** of a ready image; rawSize in bytes */
  image: { manifestSha256: string; rawSize: number }
  /** may a disk that is not blank be overwritten, and the sentence that is said when it may not */
  overwrite: { allowed: boolean; reason: string }
  /** the NoCloud documents, as packages/cloud-config makes them */
  seed: BuiltinArgs<'seed'>
  /** label of the firmware's boot entry; cut to 64 characters */
  label: string
}

const MINUTE = 60
const HOUR = 60 * MINUTE

/**
 * The plan for one node: the profile's own workflow, its arguments filled up with what only the server knows; without one
 * the builtin plan, one action a builtin, in the order the machine does them.
 *
 * All builtins are repeatable: inventory and choose-disk only read, write-image and seed compare what is there before
 * they write, boot-order reads back, and a reboot asked for twice is a reboot. That does not make a machine reboot
 * again after its run: reboot is reported first and done then, so the run is over when the machine comes back.
 *
 * @throws ZodError when the input makes no valid plan, which is a fault of the caller
 */
export function buildPlan(input: PlanInput): Plan {
  const known = argumentsOf(input)
  const { workflow } = input.profile
  if (!workflow) {
    const actions = BUILTIN_PLAN.map(([name, timeout]) => builtin(name, timeout, known[name]))
    return Plan.parse({ version: 1, actions })
  }
  const actions = workflow.map((action) => {
    const name = action.uses.builtin
    return { ...action, with: BuiltinArguments[name].parse({ ...known[name], ...action.with }) }
  })
  return Plan.parse({ version: 1, actions })
}

const BUILTIN_PLAN: [BuiltinName, number][] = [
  ['inventory', 5 * MINUTE],
  ['choose-disk', 5 * MINUTE],
  ['write-image', 2 * HOUR],
  ['seed', 10 * MINUTE],
  ['boot-order', 5 * MINUTE],
  ['reboot', 2 * MINUTE],
]

function argumentsOf({ profile, image, overwrite, seed, label }: PlanInput): {
  [N in BuiltinName]: BuiltinArgs<N>
} {
  return {
    inventory: {},
    'choose-disk': {
      rule: profile.disk ?? {},
      imageSize: image.rawSize,
      overwrite: overwrite.allowed,
      overwriteReason: overwrite.reason,
    },
    'write-image': { manifestSha256: image.manifestSha256, rawSize: image.rawSize },
    seed,
    'boot-order': { label: label.slice(0, 64) },
    reboot: { how: profile.finish },
  }
}

function builtin<N extends BuiltinName>(name: N, timeout: number, args: BuiltinArgs<N>): Action {
  return {
    id: name,
    task: 'install-os',
    name,
    uses: { kind: 'builtin', builtin: name },
    with: BuiltinArguments[name].parse(args),
    env: {},
    timeout,
    repeatable: true,
  }
}
