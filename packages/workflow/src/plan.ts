import {
  type Action,
  type BuiltinArgs,
  BuiltinArguments,
  type BuiltinName,
  type DiskRule,
  type Finish,
  Plan,
} from '@eims/contracts'

export interface PlanInput {
  /** of the profile: where the OS goes and how the unit ends */
  profile: { disk?: DiskRule | undefined; finish: Finish }
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
 * The builtin plan for one node: one action a builtin, in the order the machine does them.
 *
 * All of them are repeatable: inventory and choose-disk only read, write-image and seed compare what is there before
 * they write, boot-order reads back, and a reboot asked for twice is a reboot. That does not make a machine reboot
 * again after its run: reboot is reported first and done then, so the run is over when the machine comes back.
 *
 * @throws ZodError when the input makes no valid plan, which is a fault of the caller
 */
export function buildPlan(input: PlanInput): Plan {
  return Plan.parse({
    version: 1,
    actions: [
      builtin('inventory', 5 * MINUTE, {}),
      builtin('choose-disk', 5 * MINUTE, {
        rule: input.profile.disk ?? {},
        imageSize: input.image.rawSize,
        overwrite: input.overwrite.allowed,
        overwriteReason: input.overwrite.reason,
      }),
      builtin('write-image', 2 * HOUR, {
        manifestSha256: input.image.manifestSha256,
        rawSize: input.image.rawSize,
      }),
      builtin('seed', 10 * MINUTE, input.seed),
      builtin('boot-order', 5 * MINUTE, { label: input.label.slice(0, 64) }),
      builtin('reboot', 2 * MINUTE, { how: input.profile.finish }),
    ],
  })
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
