import { readFileSync } from 'node:fs'
import type { ProfileInput, PublicProfile } from '@eims/contracts'
import type { z } from 'zod'
import { Refusal } from './refusal.ts'

/** What `profiles add` and `profiles set` take, for node:util's parseArgs. */
export const profileOptions = {
  image: { type: 'string' },
  default: { type: 'boolean' },
  user: { type: 'string' },
  'ssh-key': { type: 'string', multiple: true },
  'password-hash': { type: 'string' },
  'cloud-config': { type: 'string' },
  finish: { type: 'string' },
  disk: { type: 'string' },
  prefer: { type: 'string' },
  overwrite: { type: 'boolean' },
  'no-overwrite': { type: 'boolean' },
  'kernel-args': { type: 'string' },
  arch: { type: 'string' },
} as const

/** Their help text. */
export const profileHelp = `  --image IMAGE         an image of the registry
  --default             machines without a profile of their own get this one (also ones that nobody registered)
  --user NAME           account that is made on the unit, with sudo
  --ssh-key KEY|FILE    its SSH public key, or a file with several; may be repeated
  --password-hash HASH  its password as a crypt hash (mkpasswd -m yescrypt)
  --cloud-config FILE   more cloud-config for the unit
  --finish HOW          reboot (default: done when the OS has reported itself), poweroff or hold
  --disk MATCH          which disk: kernel name, serial or WWN, with * as wildcard
  --prefer WHICH        of several disks take the smallest or the largest
  --no-overwrite        refuse a disk that is not blank, on registered machines too (--overwrite: do not)
  --kernel-args ARGS    more arguments for the Micro-OS's kernel
  --arch ARCH           x86_64 (default) or arm64
`

type OptionValue<O> = O extends { multiple: true } ? string[] : O extends { type: 'boolean' } ? boolean : string
/** The options as parseArgs gives them. */
export type ProfileValues = {
  [K in keyof typeof profileOptions]?: OptionValue<(typeof profileOptions)[K]> | undefined
}
/** A profile as the interface takes it; without the password hash the server keeps the one it has. */
export type ProfileBody = z.input<typeof ProfileInput>

/**
 * A profile with what the options give changed; all else stays as it is. An empty value removes what may be absent.
 * @param profile as the interface shows it, or only the name of a new one
 * @throws Refusal
 */
export function changeProfile(profile: Partial<PublicProfile>, values: ProfileValues): ProfileBody {
  const { id: _id, isDefault: _isDefault, createdAt: _createdAt, account: was, disk, cloudConfig, ...rest } = profile
  if (values.overwrite && values['no-overwrite']) throw new Refusal('give --overwrite or --no-overwrite, not both', 2)
  const rule = emptied({ ...disk, ...given('match', values.disk), ...given('prefer', values.prefer) })
  const account = changeAccount(was, values)
  const config = values['cloud-config'] ? read(values['cloud-config']) : (values['cloud-config'] ?? cloudConfig)
  return {
    ...rest,
    ...given('image', values.image),
    ...given('architecture', values.arch),
    ...given('finish', values.finish),
    ...(values.overwrite || values['no-overwrite'] ? { overwrite: Boolean(values.overwrite) } : {}),
    ...given('kernelArgs', values['kernel-args']),
    ...(Object.keys(rule).length > 0 ? { disk: rule } : {}),
    ...(config ? { cloudConfig: config } : {}),
    ...(account ? { account } : {}),
  } as ProfileBody
}

function changeAccount(was: PublicProfile['account'], values: ProfileValues) {
  const userName = values.user ?? was?.userName
  const keys = values['ssh-key']
  const passwordHash = values['password-hash']
  if (!userName && (keys || passwordHash)) throw new Refusal('--ssh-key and --password-hash need --user', 2)
  if (!userName) return undefined
  return {
    userName,
    sshKeys: keys ? keys.flatMap(sshKeys) : (was?.sshKeys ?? []),
    ...(passwordHash ? { passwordHash } : {}),
  }
}

const given = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value })

const emptied = (record: object) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ''))

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${(error as Error).message}`)
  }
}

const sshKeys = (value: string): string[] =>
  (value.includes(' ') ? value : read(value))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
