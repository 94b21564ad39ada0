import { z } from 'zod'
import { Architecture } from './architecture.ts'
import { Name } from './image.ts'

/** How a unit ends: `reboot` into its OS (RUNNING after phone-home), `poweroff`, or `hold` at PROVISIONED. */
export const Finish = z.enum(['reboot', 'poweroff', 'hold'])
export type Finish = z.infer<typeof Finish>

/** Which disk the OS goes to. Without a rule the machine must have exactly one candidate. */
export const DiskRule = z.strictObject({
  /** kernel name (`/dev/nvme0n1`), WWN or serial of the disk; glob with `*` */
  match: z.string().min(1).max(200).optional(),
  /** of several candidates take the smallest or the largest instead of refusing */
  prefer: z.enum(['smallest', 'largest']).optional(),
  /** smallest acceptable size in bytes; at least the image's raw size in any case */
  minSize: z.number().int().positive().optional(),
})
export type DiskRule = z.infer<typeof DiskRule>

const sshKey = z
  .string()
  .trim()
  .max(16_384)
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+={0,3}( .*)?$/,
    'is not an OpenSSH public key line',
  )

/**
 * Accounts and groups that Debian (base-passwd, systemd), Fedora and their relatives bring along. cloud-init cannot
 * make an account whose name is taken as a group: `operator` on Debian ended in a unit that nobody could log in to.
 */
const taken = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody nogroup adm tty disk kmem ' +
    'dialout fax voice cdrom floppy tape sudo wheel audio dip operator src shadow utmp video sasl plugdev staff users ' +
    'input sgx kvm render crontab messagebus sshd halt shutdown ftp mem lock'
  ).split(' '),
)

/** The account that cloud-init makes on the unit. A password comes only as a crypt hash. */
export const LocalAccount = z.strictObject({
  userName: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a Linux user name: lower-case letters, digits, - and _')
    .refine((name) => !taken.has(name) && !name.startsWith('systemd-'), {
      message: 'is an account or group that the OS itself brings along; choose another, such as edge',
    }),
  sshKeys: z.array(sshKey).max(64).default([]),
  /** when a profile is replaced and its account has the same name, leaving it out keeps the stored one */
  passwordHash: z
    .string()
    .max(512)
    .regex(/^\$(y|6|5|2b)\$[^\s:]+$/, 'must be a crypt hash ($y$, $6$, $5$ or $2b$), never the password itself')
    .optional(),
})
export type LocalAccount = z.infer<typeof LocalAccount>

export const ProfileInput = z.strictObject({
  name: Name,
  /** name of an image that is in the registry */
  image: Name,
  architecture: Architecture.default('x86_64'),
  finish: Finish.default('reboot'),
  /** whether a registered node's disk may be overwritten though it is not blank */
  overwrite: z.boolean().default(true),
  disk: DiskRule.optional(),
  account: LocalAccount.optional(),
  /** additional cloud-config (YAML text beginning with #cloud-config), merged with ours (docs/decisions/0008) */
  cloudConfig: z.string().max(65_536).startsWith('#cloud-config', 'must begin with #cloud-config').optional(),
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
  id: z.string(),
  isDefault: z.boolean(),
  createdAt: z.iso.datetime(),
})
export type Profile = z.infer<typeof Profile>

/** A profile as replies show it: a password hash goes in and never comes out again. */
export const PublicProfile = z.object({
  ...Profile.shape,
  account: z.object({ userName: z.string(), sshKeys: z.array(z.string()) }).optional(),
})
export type PublicProfile = z.infer<typeof PublicProfile>
