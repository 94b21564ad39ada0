import {
  bootedLoader,
  type ImageFacts,
  type Inventory,
  type Profile,
  type Reason,
  secureBootOf,
  whyLoaderRefused,
} from '@eims/contracts'

/**
 * PURE: what of Secure Boot keeps a machine from getting what its profile installs; null: nothing.
 * @param images those that the plan writes to the disk; facts null: nobody looked into it
 * @param inventory what its agent found in this boot; null: nothing is known
 */
export function againstSecureBoot(
  { name: profile, securityFeature }: Pick<Profile, 'name' | 'securityFeature'>,
  images: readonly { name: string; facts: ImageFacts | null }[],
  inventory: Inventory | null,
): Reason | null {
  if (!inventory) return null
  const has = secureBootOf(inventory)
  if (securityFeature !== 'none' && has !== 'on') return { code: 'secure-boot-demanded', slots: { profile, has } }
  for (const { name: image, facts } of images) {
    const why = facts && whyLoaderRefused(bootedLoader(facts, inventory.architecture), inventory)
    if (why) return { code: 'secure-boot-refuses', slots: { image, profile, why } }
  }
  return null
}
