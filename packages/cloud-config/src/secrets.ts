import type { LocalAccount } from '@eims/contracts'
import { type CloudConfig, isMap } from './merge.ts'

/** Where cloud-config has passwords and their hashes: `users`, `chpasswd.users`, and at the top. */
const KEYS = ['passwd', 'hashed_passwd', 'plain_text_passwd', 'password']
/** A shorter text may stand elsewhere in a document by chance, and would be erased there, too. */
const SHORTEST = 12

/** The texts of a unit's user-data that must not stay on it once its first boot is over: the account's and the profile's. */
export function secretsOf(account: LocalAccount | undefined, config: CloudConfig): string[] {
  const found = [account?.passwordHash, ...passwordsIn(config)]
  return [...new Set(found)].filter((text): text is string => text !== undefined && text.length >= SHORTEST)
}

function passwordsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(passwordsIn)
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([key, of]) =>
    KEYS.includes(key) && typeof of === 'string' ? [of] : passwordsIn(of),
  )
}
