import { z } from 'zod'
import { named } from './component.ts'
import { Name, Sha256 } from './image.ts'
import { Inventory } from './inventory.ts'
import { MediumReport } from './medium-installation.ts'
import { machineInput, Node, NodeName } from './node.ts'
import { UnitFile } from './unit-file.ts'

const ofRunningOs = ['unit', 'osVersion', 'hostName', 'machineId', 'k3s'] as const

/**
 * A machine that runs its OS at its site, as it was asked there (`eims nodes adopt --from-unit`); or, with `installation`, one that
 * was installed from a medium and whose OS nobody has seen (`eims boot-media collect`). What is not known is left out.
 */
export const UnitInput = z
  .strictObject({
    /** left out: what its file says, else its host name; else made of its identifiers */
    name: NodeName.optional(),
    ...machineInput,
    batch: Name.optional(),
    /** left out: what its file names, where there is such a profile here */
    profile: Name.optional(),
    /** what it keeps of itself; a unit that was not installed by eims has none */
    unit: UnitFile.optional(),
    osVersion: z.string().trim().max(256).optional(),
    hostName: z.string().trim().max(256).optional(),
    machineId: z.string().trim().max(64).optional(),
    sshHostKeys: z.array(z.string().trim().min(1).max(2048)).max(16).default([]),
    /** version of its K3s; left out: it has none */
    k3s: z.string().trim().max(256).optional(),
    /** what it left on a medium of its installation; nothing is known of a running OS then */
    installation: MediumReport.optional(),
    /** of what it was when it was installed; taken over where nothing newer can be known */
    inventory: Inventory.optional(),
    /** tells what would be done, and does nothing */
    dryRun: z.boolean().default(false),
  })
  .refine((unit) => unit.serial || unit.uuid || unit.macs.length > 0, {
    message: 'give at least one of serial, uuid or macs',
    path: ['serial'],
  })
  .refine(
    (unit) =>
      !unit.installation || (unit.sshHostKeys.length === 0 && ofRunningOs.every((field) => unit[field] === undefined)),
    {
      message: 'says that the OS was not seen: leave out unit, osVersion, hostName, machineId, sshHostKeys and k3s',
      path: ['installation'],
    },
  )
  .refine((unit) => unit.installation || !unit.inventory, {
    message: 'has to be there where an inventory is, which tells of its machine as it was then',
    path: ['installation'],
  })
export type UnitInput = z.infer<typeof UnitInput>

export const UnitAdoption = z.object({
  /** null: a new one, in a dry run */
  node: Node.nullable(),
  /**
   * `new`: nothing of it was known; `joined`: a node that was there is this unit, or more is known of it now; `known`: it was
   * adopted before, or all of its installation is known; `older`: a newer installation of it is known; `untouched`: this one
   * failed before a disk was chosen, and what is on it is known. The last three change nothing.
   */
  result: z.enum(['new', 'joined', 'known', 'older', 'untouched']),
  dryRun: z.boolean(),
  /** its image as its file says it, and the manifest of the image of that name here; null: the unit says of none */
  image: z.object({ name: z.string(), manifestSha256: Sha256, published: Sha256.nullable() }).nullable(),
  /** of the two manifests */
  digest: z.enum(['equal', 'differs', 'unknown']),
})
export type UnitAdoption = z.infer<typeof UnitAdoption>

named({ UnitAdoption, UnitInput })
