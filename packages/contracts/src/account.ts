import { z } from 'zod'
import { named } from './component.ts'
import { Name } from './image.ts'
import { SshPublicKey } from './ssh-key.ts'

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
  sshKeys: z.array(SshPublicKey).max(64).default([]),
  /** when an account is replaced by one of the same user name, leaving it out keeps the stored one */
  passwordHash: z
    .string()
    .max(512)
    .regex(/^\$(y|6|5|2b)\$[^\s:]+$/, 'must be a crypt hash ($y$, $6$, $5$ or $2b$), never the password itself')
    .optional(),
})
export type LocalAccount = z.infer<typeof LocalAccount>

/**
 * An account under a name of its own, for nodes and as the site's default.
 * A node gets its own account, else the one in its profile, else the site's default.
 */
export const AccountInput = LocalAccount.extend({ name: Name })
export type AccountInput = z.infer<typeof AccountInput>

/** An account as replies show it: a password hash goes in and never comes out again. */
export const PublicAccount = z.object({
  id: z.string(),
  name: z.string(),
  userName: z.string(),
  sshKeys: z.array(z.string()),
  hasPassword: z.boolean(),
  createdAt: z.iso.datetime(),
  /** of the last change, also of what replies do not show */
  updatedAt: z.iso.datetime(),
})
export type PublicAccount = z.infer<typeof PublicAccount>

named({ Account: PublicAccount, AccountInput, LocalAccount })
