import { hash } from 'node:crypto'
import {
  type Inventory,
  isPlaceholderSerial,
  isPlaceholderUuid,
  type MachineIdentity,
  namesWorkflow,
  type Run,
  say,
  writesDisk,
} from '@eims/contracts'
import type { Chosen, Medium } from '@eims/medium'
import { type SiteFacts, unitOrReason, unitPlan } from '@eims/unit-plan'
import { againstSecureBoot, createRun } from '@eims/workflow'

/** Without a server there is no site: what a unit is to have stands in its profile and its config-file. */
const NO_SITE: SiteFacts = { bootOrder: 'disk', httpProxy: null, noProxy: null, ntpServers: [], orchestratorCa: null }

interface UnitRunInput {
  medium: Pick<Medium, 'directory'>
  chosen: Chosen
  identity: MachineIdentity
  inventory: Inventory
  /** milliseconds since 1970, by a clock that may be wrong */
  now: number
}

/**
 * PURE: an id of this machine's installation from this medium. It is the same after each cut, so that the disk which carries its mark
 * is known for its own (mark.ts), whatever the medium was customized to meanwhile.
 */
export function runIdOf({ directory }: Pick<Medium, 'directory'>, { serial, uuid, macs }: MachineIdentity): string {
  const lasting = [
    serial === undefined || isPlaceholderSerial(serial) ? '' : serial,
    uuid === undefined || isPlaceholderUuid(uuid) ? '' : uuid,
  ]
  const who = lasting.some((each) => each !== '') ? lasting : [...macs].sort()
  const hex = hash('sha256', JSON.stringify([directory.seal, who]))
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** PURE: the run of one machine, its plan made as a server makes it; or why there is none. */
export function unitRun({
  medium,
  chosen,
  identity,
  inventory,
  now,
}: UnitRunInput): { run: Run } | { refused: string } {
  const { profile, image, addons } = chosen.profile
  if (namesWorkflow(profile.workflow))
    return {
      refused: `Profile ${profile.name} names the workflow ${profile.workflow.workflow}, which only a server has.`,
    }
  if (medium.directory.architecture !== inventory.architecture)
    return {
      refused: `This medium is for ${medium.directory.architecture}, this machine is ${inventory.architecture}.`,
    }
  const workflow = profile.workflow
  const unsafe = againstSecureBoot(profile, workflow && !writesDisk(workflow) ? [] : [image], inventory)
  if (unsafe) return { refused: `${say(unsafe)}.` }
  const runId = runIdOf(medium, identity)
  const { config } = chosen
  const files = config
    ? [
        {
          level: config.of === 'node' ? ('node' as const) : ('profile' as const),
          name: 'of this medium',
          text: config.text,
        },
      ]
    : []
  const unit = unitOrReason(
    files,
    {
      nodeName: chosen.name,
      nics: inventory.nics,
      imageType: profile.type,
      account: profile.account ?? null,
      addons: profile.addons,
    },
    {
      site: NO_SITE,
      workflow,
      profile: { ...profile, cloudConfig: profile.cloudConfig ?? '' },
      image,
      resolve: () => null,
    },
  )
  if (unit && 'reason' in unit) return { refused: `${say(unit.reason)}.` }
  const { plan, installs } = unitPlan({
    node: {
      name: chosen.name,
      serial: identity.serial ?? null,
      uuid: identity.uuid ?? null,
      macs: identity.macs,
      nics: inventory.nics,
    },
    runId,
    now,
    profile,
    account: profile.account,
    cloudConfig: profile.cloudConfig,
    workflow,
    disk: profile.disk,
    image,
    site: NO_SITE,
    unit,
    // The first boot judges itself. What stands for a token is blotted as one, and is none of anybody.
    phoneHome: { urls: [], token: hash('sha256', `no server ${runId}`), caPem: null },
    overwrite: {
      allowed: profile.overwrite,
      reason: { code: 'profile-keeps-disks', slots: { profile: profile.name } },
    },
    addons,
    timeout: 0,
  })
  return { run: createRun({ id: runId, nodeId: chosen.name, instanceId: runId, installs, plan, now }) }
}
