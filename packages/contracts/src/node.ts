import { z } from 'zod'
import { named } from './component.ts'
import { ConfigFile } from './config-file.ts'
import { DiskRule } from './disk-rule.ts'
import { Mac, Serial, SmbiosText, Uuid } from './identity.ts'
import { Name } from './image.ts'
import { Inventory } from './inventory.ts'
import { MediumInstallation } from './medium-installation.ts'
import { Metadata } from './metadata.ts'
import { RunState } from './plan.ts'
import { ShownReason } from './reason.ts'
import { Installed } from './run.ts'
import { BootFileName, SecureBoot, SiteName } from './site.ts'

/** The machine itself. */
export const HostState = z.enum(['REGISTERED', 'ONBOARDED', 'UNTRUSTED', 'DELETED'])
export type HostState = z.infer<typeof HostState>

/** The OS on it. */
export const InstanceState = z.enum(['PENDING', 'PROVISIONING', 'PROVISIONED', 'RUNNING', 'FAILED'])
export type InstanceState = z.infer<typeof InstanceState>

/** A status in EIM's form: what it is, how it stands, since when. */
export const Status = z.object({
  reason: ShownReason,
  indicator: z.enum(['IDLE', 'IN_PROGRESS', 'ERROR']),
  at: z.iso.datetime(),
})
export type Status = z.infer<typeof Status>

/** RFC 1123 host name label, used as the node's name and its OS's host name. */
export const NodeName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a host name: 1 to 63 letters, digits or hyphens')

/**
 * The gate before DHCP, TFTP and HTTP: `denied` is answered with a file name that says why, `local` is not answered
 * at all, so that the firmware goes on to the disk.
 */
export const NetbootPolicy = z.enum(['allowed', 'denied', 'local'])
export type NetbootPolicy = z.infer<typeof NetbootPolicy>

/** What a machine is known by, and what it is. */
export const machineInput = {
  serial: Serial.optional(),
  uuid: Uuid.optional(),
  macs: z.array(Mac).max(64).default([]),
  manufacturer: SmbiosText.optional(),
  product: SmbiosText.optional(),
}

export const NodeInput = z
  .strictObject({
    name: NodeName.optional(),
    ...machineInput,
    /** name of a profile; without it the site's default profile applies */
    profile: Name.optional(),
    netbootPolicy: NetbootPolicy.optional(),
    /** a boot file of its own, for firmware that the usual one does not suit */
    bootFile: BootFileName.optional(),
    /** Debian's signed chain instead of iPXE; without it as its model or the site has it */
    secureBoot: SecureBoot.optional(),
    /** the site's name, any case; there is one site */
    site: SiteName.optional(),
    /** name of a batch */
    batch: Name.optional(),
    metadata: Metadata.optional(),
    /** name of a local account, before the one of the profile and the site's default */
    account: Name.optional(),
    /** takes the place of the profile's */
    disk: DiskRule.optional(),
    /** its own, before all others (docs/config-file.md) */
    config: ConfigFile.optional(),
  })
  .refine((node) => node.serial || node.uuid || node.macs.length > 0, {
    message: 'give at least one of serial, uuid or macs',
    path: ['serial'],
  })
export type NodeInput = z.infer<typeof NodeInput>

/** What is left out stays, null clears. `macs` and `metadata` are replaced as a whole. */
export const NodePatch = z.strictObject({
  name: NodeName.optional(),
  serial: Serial.nullable().optional(),
  uuid: Uuid.nullable().optional(),
  macs: z.array(Mac).max(64).optional(),
  manufacturer: SmbiosText.nullable().optional(),
  product: SmbiosText.nullable().optional(),
  site: SiteName.nullable().optional(),
  batch: Name.nullable().optional(),
  metadata: Metadata.nullable().optional(),
  account: Name.nullable().optional(),
  disk: DiskRule.nullable().optional(),
  profile: Name.nullable().optional(),
  netbootPolicy: NetbootPolicy.optional(),
  bootFile: BootFileName.nullable().optional(),
  secureBoot: SecureBoot.nullable().optional(),
  config: ConfigFile.nullable().optional(),
})
export type NodePatch = z.infer<typeof NodePatch>

export const Instance = z.object({
  id: z.string(),
  state: InstanceState,
  desired: InstanceState,
  status: Status,
  profile: z.string().nullable(),
  osVersion: z.string().nullable(),
  bootId: z.string().nullable(),
  sshHostKeys: z.array(z.string()),
})

export type Instance = z.infer<typeof Instance>

const RunAction = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  attempts: z.number().int(),
  progress: z.number().min(0).max(1).nullable(),
  /** what its last attempt said of its end */
  reason: ShownReason.nullable(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
})

export const RunSummary = z.object({
  id: z.string(),
  state: RunState,
  /** why it ended as it did */
  reason: ShownReason.nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  actions: z.array(RunAction),
})
export type RunSummary = z.infer<typeof RunSummary>

export const Node = z.object({
  id: z.string(),
  name: z.string(),
  serial: z.string().nullable(),
  uuid: z.string().nullable(),
  macs: z.array(z.string()),
  /** those of its serial, UUID and MACs that its machine added by itself and no run that ended well has confirmed */
  provisional: z.array(z.string()),
  manufacturer: z.string().nullable(),
  product: z.string().nullable(),
  /** false for a machine that appeared by itself */
  registered: z.boolean(),
  profile: z.string().nullable(),
  /** name of the site */
  site: z.string(),
  batch: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  /** name of its own local account; null: the profile's, else the site's default */
  account: z.string().nullable(),
  disk: DiskRule.nullable(),
  netbootPolicy: NetbootPolicy,
  bootFile: z.string().nullable(),
  /** whether its firmware gets the signed chain; null: as its model or the site has it */
  secureBoot: SecureBoot.nullable(),
  /**
   * whether its own config-file is the same as before (`GET /nodes/:id` has the text): SHA-256 of a secret of the site and the
   * file, so that nobody tries out passwords by it; null: it has none
   */
  configSha256: z.string().nullable(),
  state: HostState,
  desired: HostState,
  status: Status,
  /** why a person holds it, in that person's words, until a person releases it; null while nobody does */
  hold: z.string().nullable(),
  /** what keeps it from being provisioned, judged when it is asked for; null: nothing does, or its OS is on it */
  waiting: ShownReason.nullable(),
  instance: Instance.nullable(),
  /** what is whole on its disk, whatever it is to get; null: nothing, half of something, or written by an earlier version */
  installed: Installed.nullable(),
  run: RunSummary.nullable(),
  lastSeenAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
})
export type Node = z.infer<typeof Node>

const MOST_HARDWARE_BYTES = 64 * 1024

/** The spec of a Tinkerbell Hardware, as it stands in the file. */
export const HardwareSpec = z
  .record(z.string(), z.unknown())
  .refine(
    (spec) => new TextEncoder().encode(JSON.stringify(spec)).length <= MOST_HARDWARE_BYTES,
    `has more than ${MOST_HARDWARE_BYTES} bytes as JSON`,
  )

/** A node after it was held or released. */
export const HeldNode = Node.extend({
  /** what stood there before, for whoever takes it back */
  before: z.object({ hold: z.string().nullable() }),
})
export type HeldNode = z.infer<typeof HeldNode>

export const NodeDetail = Node.extend({
  inventory: Inventory.nullable(),
  /** the report of the medium that its OS was installed from; null: it was not, or that was not collected */
  medium: MediumInstallation.nullable(),
  /** by a person's word: of machines that say its serial or UUID only the one with this MAC is the node; null: any */
  claimedMac: z.string().nullable(),
  /** the spec of its Tinkerbell Hardware, for workflow templates */
  hardware: HardwareSpec.nullable(),
  /** its own config-file; secrets as *** */
  config: z.string().nullable(),
  /** what a person ought to know of it, though nothing waits for it */
  warnings: z.array(ShownReason),
})
export type NodeDetail = z.infer<typeof NodeDetail>

const reason = z.string().trim().min(3, 'say why, in a few words').max(500)

/** Makes a machine that appeared by itself a registered one. */
export const AdoptInput = z.strictObject({
  name: NodeName.optional(),
  /** of one that has none, as its firmware says none */
  serial: Serial.optional(),
  profile: Name.optional(),
  batch: Name.optional(),
})
export type AdoptInput = z.infer<typeof AdoptInput>

/** Keeps a machine from being provisioned until it is released. */
export const HoldInput = z.strictObject({ reason })
export type HoldInput = z.infer<typeof HoldInput>

/** Two nodes are one machine: `from` hands over its identifiers and its history and is no more. */
export const MergeInput = z.strictObject({
  /** id, name, serial, UUID or MAC */
  from: z.string().trim().min(1).max(128),
  reason,
})
export type MergeInput = z.infer<typeof MergeInput>

/** Of several machines that say one serial or UUID, the one that is the node. */
export const ClaimInput = z.strictObject({
  /** of any of its NICs; null: whichever comes */
  mac: Mac.nullable(),
  reason,
})
export type ClaimInput = z.infer<typeof ClaimInput>

/** One node is two machines: the identifiers given go to a new node. */
export const SplitInput = z.strictObject({
  identifiers: z
    .strictObject({ serial: Serial.optional(), uuid: Uuid.optional(), macs: z.array(Mac).max(64).default([]) })
    .refine(({ serial, uuid, macs }) => serial || uuid || macs.length > 0, {
      message: 'give at least one of serial, uuid or macs',
      path: ['serial'],
    }),
  /** of the new node */
  name: NodeName.optional(),
  reason,
})
export type SplitInput = z.infer<typeof SplitInput>

/** Why a person asks for a machine to be imaged again; kept in the audit log. */
export const ReprovisionInput = z.strictObject({ reason })

/** From where a failed run is taken up again; by the name of an action: from that one. */
const RetryFrom = z.union([z.enum(['failed-action', 'start']), z.strictObject({ action: z.string().min(1).max(199) })])
export type RetryFrom = z.infer<typeof RetryFrom>
export const RetryInput = z.strictObject({ from: RetryFrom.default('failed-action') })

named({
  AdoptInput,
  ClaimInput,
  HoldInput,
  Instance,
  InstanceState,
  MergeInput,
  NetbootPolicy,
  Node,
  HeldNode,
  NodeDetail,
  NodeInput,
  NodePatch,
  NodeState: HostState,
  ReprovisionInput,
  RetryInput,
  Run: RunSummary,
  RunAction,
  SplitInput,
  Status,
})
