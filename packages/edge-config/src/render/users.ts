import type { LocalAccount } from '@eims/contracts'
import type { OperatingSystem } from '../system/operating-system.ts'
import type { User } from '../system/users.ts'

/**
 * The part of a cloud-config with the users. The unit's account counts as one of them: cloud-init takes of two entries of
 * one name the last, and would forget the account's keys.
 */
export function usersPart({ users, sshKey }: OperatingSystem, account: LocalAccount | null, told: string[]) {
  const named = users ?? (sshKey !== undefined && account ? [{ username: account.userName }] : [])
  if (sshKey !== undefined && named.length === 0)
    told.push('operatingSystem.sshKey has no effect: the unit gets no user')
  if (named.length === 0) return {}
  const entries = named.map((user) => entryOf(withAccount(user, account), sshKey))
  const rootKeys = entries.some(({ name, ssh_authorized_keys: keys }) => name === 'root' && keys !== undefined)
  // by itself cloud-init lets nobody in as root by key
  return { users: entries, ...(rootKeys ? { disable_root: false } : {}) }
}

function withAccount(user: User, account: LocalAccount | null): User {
  if (user.username !== account?.userName) return user
  const passwordHash = user.passwordHash ?? account.passwordHash
  const sshKeys = [...account.sshKeys, ...(user.sshKeys ?? [])]
  return { ...user, sshKeys, ...(passwordHash === undefined ? {} : { passwordHash }) }
}

function entryOf({ username, passwordHash, sshKeys = [], sudo, groups, shell }: User, sshKey: string | undefined) {
  const keys = [...new Set([...sshKeys, ...(sshKey === undefined ? [] : [sshKey])])]
  const isRoot = username === 'root'
  return {
    name: username,
    ...(isRoot && shell === undefined ? {} : { shell: shell ?? '/bin/bash' }),
    ...(!isRoot && sudo !== false ? { sudo: 'ALL=(ALL) NOPASSWD:ALL' } : {}),
    ...(groups ? { groups } : {}),
    lock_passwd: passwordHash === undefined,
    ...(passwordHash === undefined ? {} : { hashed_passwd: passwordHash }),
    ...(keys.length > 0 ? { ssh_authorized_keys: keys } : {}),
  }
}
