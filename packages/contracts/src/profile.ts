import { z } from 'zod'
import { LocalAccount } from './account.ts'
import { AddonNames } from './addon.ts'
import { Architecture } from './architecture.ts'
import { BootOrder } from './boot-order.ts'
import { named } from './component.ts'
import { ConfigFile } from './config-file.ts'
import { DiskRule } from './disk-rule.ts'
import { Finish, Onboarding } from './finish.ts'
import { Name, Sha256 } from './image.ts'
import { Metadata } from './metadata.ts'
import { withoutSecrets } from './source-url.ts'
import { ProfileWorkflow, WorkflowUse } from './workflow.ts'

/** Whether the OS may be changed in place, or is replaced as a whole; EIM's OS_TYPE_MUTABLE and OS_TYPE_IMMUTABLE. */
export const OsType = z.enum(['mutable', 'immutable'])
export type OsType = z.infer<typeof OsType>

/**
 * What a machine must have before its disk is written: `secure-boot` and EIM's SECURE_BOOT_AND_FULL_DISK_ENCRYPTION ask for
 * Secure Boot that is on; eims itself encrypts no disks.
 */
export const SecurityFeature = z.enum(['none', 'secure-boot', 'secure-boot-and-full-disk-encryption'])
export type SecurityFeature = z.infer<typeof SecurityFeature>

/** Of a signed URL the query is what opens it, and everybody who may read a profile reads this. */
const address = z.string().trim().max(2048).overwrite(withoutSecrets).nullable().default(null)

/** Where a profile's image comes from, as its publisher writes it; for people and for bills of material. */
const ProfileSource = z.strictObject({
  provider: z.string().trim().max(64).nullable().default(null),
  /** absolute, or relative to the publisher's file server */
  imageUrl: address,
  imageSha256: Sha256.nullable().default(null),
  packageManifestUrl: address,
  existingCvesUrl: address,
  fixedCvesUrl: address,
  platformBundle: z.record(z.string().max(64), z.string().max(4096)).nullable().default(null),
  /** PEM, of the server that has the image */
  tlsCaCertificate: z.string().max(65_536).nullable().default(null),
})

export const ProfileInput = z.strictObject({
  name: Name,
  description: z.string().trim().max(4096).default(''),
  type: OsType.default('mutable'),
  securityFeature: SecurityFeature.default('none'),
  /** of the OS, as the image's publisher counts */
  version: z.string().trim().max(128).default(''),
  metadata: Metadata.default({}),
  source: ProfileSource.nullable().default(null),
  /** its own steps, or the name of a stored workflow; null: the built-in plan */
  workflow: z.union([ProfileWorkflow, WorkflowUse]).nullable().default(null),
  /** name of an image that is in the registry */
  image: Name,
  architecture: Architecture.default('x86_64'),
  finish: Finish.default('reboot'),
  /** its units keep nothing of the server once their OS has reported that it runs (docs/config-file.md) */
  standalone: z.boolean().default(false),
  /** `later` is for standalone units only */
  onboarding: Onboarding.default('never'),
  /** whether a registered node's disk may be overwritten though it is not blank */
  overwrite: z.boolean().default(true),
  disk: DiskRule.optional(),
  /** what a unit with UEFI tries first; null: what the site says */
  bootOrder: BootOrder.nullable().default(null),
  /** whether the image's last Linux partition is made as large as the disk lets it */
  growRoot: z.boolean().default(true),
  /** sets of addons that units with K3s get, by their names */
  addons: AddonNames.default([]),
  account: LocalAccount.optional(),
  /** additional cloud-config (YAML text beginning with #cloud-config), merged with ours (docs/decisions/0008) */
  cloudConfig: z.string().max(65_536).startsWith('#cloud-config', 'must begin with #cloud-config').optional(),
  /**
   * the OS's network, as cloud-init takes it (YAML text that says version: 2 or 1); left out: DHCP on every NIC that the
   * machine has, the one that it booted from first
   */
  networkConfig: z.string().max(65_536).optional(),
  /** of its units, before the batch's and the site's (docs/config-file.md); null as left out: none */
  config: ConfigFile.nullable().optional(),
  /** appended to the Micro-OS's kernel command line */
  kernelArgs: z
    .string()
    .max(1024)
    .regex(/^[\x20-\x7e]*$/, 'holds characters that cannot stand on a kernel command line')
    .default(''),
  /** seconds from the reboot until the OS must have reported itself */
  phoneHomeTimeout: z.number().int().min(60).max(86_400).default(1800),
})
export type ProfileInput = z.infer<typeof ProfileInput>

export const Profile = ProfileInput.extend({
  /** left out: none; secrets as *** */
  config: ConfigFile.optional(),
  id: z.string(),
  isDefault: z.boolean(),
  createdAt: z.iso.datetime(),
  /** of the last change, also of what replies do not show */
  updatedAt: z.iso.datetime(),
})
export type Profile = z.infer<typeof Profile>

/** A profile as replies show it: a password hash goes in and never comes out again. */
export const PublicProfile = z.object({
  ...Profile.shape,
  account: z.object({ userName: z.string(), sshKeys: z.array(z.string()) }).optional(),
  /** what its cloud-config says in vain, or makes a unit go without; absent: nothing */
  warnings: z.array(z.string()).optional(),
})
export type PublicProfile = z.infer<typeof PublicProfile>

named({ OsType, Profile: PublicProfile, ProfileInput, ProfileSource, SecurityFeature })
