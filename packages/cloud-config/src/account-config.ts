import type { LocalAccount } from '@eims/contracts'

/**
 * The part of a cloud-config that makes the profile's account. It takes the place of the distribution's default user.
 * `hashed_passwd` and not `passwd`, as cloud-init applies it to an account that the image has already, too.
 */
export function accountConfig(account: LocalAccount | undefined) {
  if (!account) return {}
  return {
    users: [
      {
        name: account.userName,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: account.passwordHash === undefined,
        ...(account.passwordHash === undefined ? {} : { hashed_passwd: account.passwordHash }),
        ...(account.sshKeys.length > 0 ? { ssh_authorized_keys: account.sshKeys } : {}),
      },
    ],
  }
}
