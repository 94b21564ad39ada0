import type { LocalAccount } from '@eims/contracts'
import { type CloudConfig, isMap } from './merge.ts'

/** Where cloud-config has passwords and their hashes: `users`, `chpasswd.users`, and at the top. */
const KEYS = ['passwd', 'hashed_passwd', 'plain_text_passwd', 'password']
/** A shorter text may stand elsewhere in a document by chance, and would be erased there, too. */
const SHORTEST = 12

/**
 * The texts of a unit's user-data that must not stay on it once its first boot is over: the account's, the config-file's and
 * the profile's.
 * @param more such texts that no key of cloud-config tells, as they stand there
 */
export function secretsOf(
  account: LocalAccount | undefined,
  configs: CloudConfig[],
  more: readonly string[] = [],
): string[] {
  const found = [account?.passwordHash, ...passwordsIn(configs), ...more]
  return [...new Set(found)].filter((text): text is string => text !== undefined && text.length >= SHORTEST)
}

function passwordsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(passwordsIn)
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([key, of]) =>
    KEYS.includes(key) && typeof of === 'string' ? [of] : passwordsIn(of),
  )
}
