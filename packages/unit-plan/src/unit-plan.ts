import { cloudInitDocuments } from '@eims/cloud-config'
import type {
  BootOrder,
  DiskRule,
  Installed,
  LocalAccount,
  Nic,
  Plan,
  ProfileInput,
  ProfileWorkflow,
  Reason,
  UnitFile,
} from '@eims/contracts'
import { buildPlan, type PlanImage } from '@eims/workflow'
import type { SiteFacts, UnitConfig } from './unit-config.ts'

type PhoneHome = Parameters<typeof cloudInitDocuments>[0]['phoneHome']

export interface UnitPlanInput {
  node: Pick<UnitFile, 'name' | 'serial' | 'uuid' | 'macs'> & { nics: Nic[] }
  /** of its run, and cloud-init's instance-id */
  runId: string
  /** milliseconds since 1970, by the clock of whoever makes the plan */
  now: number
  profile: Pick<
    ProfileInput,
    'name' | 'type' | 'version' | 'finish' | 'growRoot' | 'standalone' | 'onboarding' | 'bootOrder' | 'networkConfig'
  >
  account: LocalAccount | undefined
  cloudConfig: string | undefined
  /** its steps; null: the built-in plan */
  workflow: ProfileWorkflow | null
  disk: DiskRule | undefined
  image: PlanImage & { name: string }
  /** what actions of the workflow write instead, by their ids */
  images?: ReadonlyMap<string, PlanImage>
  site: SiteFacts
  /** what its config-files come to; null: nothing */
  unit: UnitConfig | null
  phoneHome: PhoneHome
  /** whether a disk that is not blank may be overwritten, and why it may not */
  overwrite: { allowed: boolean; reason: Reason }
  /** the archives of its profile's sets of addons */
  addons: readonly { name: string; image: Pick<PlanImage, 'manifestSha256' | 'rawSize'> }[]
  /** seconds for the whole run; 0: no limit */
  timeout: number
}

/**
 * PURE: the plan of one unit, its seed in it, and what it installs: the same whether a server hands its actions out or a
 * medium that the machine started from.
 */
export function unitPlan(input: UnitPlanInput): { plan: Plan; installs: Installed } {
  const { node, runId, profile, image, site, unit, overwrite, workflow, disk, account, cloudConfig } = input
  const seed = cloudInitDocuments({
    node: { name: node.name, nics: node.nics },
    instanceId: runId,
    profile: { type: profile.type, account, cloudConfig, networkConfig: profile.networkConfig },
    site: unit?.site ?? site,
    ...(unit ? { edge: unit } : {}),
    phoneHome: input.phoneHome,
    standalone: standaloneOf(input),
  })
  const bootOrder: BootOrder = unit?.bootOrder ?? profile.bootOrder ?? site.bootOrder
  const plan = buildPlan({
    profile: { finish: profile.finish, growRoot: profile.growRoot, workflow, disk },
    bootOrder,
    kernelArguments: unit?.kernelArguments ?? [],
    image,
    ...(input.images ? { images: input.images } : {}),
    overwrite,
    addons: unit?.addons.length ? input.addons : [],
    seed: { ...seed },
    // in the firmware it outlives the disk
    label: profile.standalone ? image.name : `eims ${image.name}`,
    timeout: input.timeout,
  })
  const { manifestSha256 } = image
  return { plan, installs: { profile: profile.name, version: profile.version, image: image.name, manifestSha256 } }
}

/** What of us a profile's units keep once they run; undefined: as much as others. */
function standaloneOf({ profile, node, image, now, runId }: UnitPlanInput): { unit: UnitFile | null } | undefined {
  const { standalone, onboarding } = profile
  if (!standalone || onboarding === 'never') return standalone ? { unit: null } : undefined
  const { name, serial, uuid, macs } = node
  const unit: UnitFile = {
    format: 1,
    name,
    serial,
    uuid,
    macs,
    profile: profile.name,
    image: { name: image.name, manifestSha256: image.manifestSha256 },
    installedAt: new Date(now).toISOString(),
    instanceId: runId,
  }
  return { unit }
}
