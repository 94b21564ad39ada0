import type { OperatingSystem } from '../system/operating-system.ts'
import type { Facts } from './facts.ts'

/**
 * The part of a cloud-config that has apt ask another mirror. Where only `primary` is said cloud-init takes it for
 * security updates, too, which Debian has beside it.
 */
export function aptMirrorPart({ aptMirror }: OperatingSystem, { imageType }: Pick<Facts, 'imageType'>, told: string[]) {
  const { primary } = aptMirror ?? {}
  if (primary === undefined) return {}
  if (imageType !== 'mutable') {
    told.push('operatingSystem.aptMirror has no effect: an immutable image installs no packages')
    return {}
  }
  const security = aptMirror?.security ?? primary.replace(/\/debian(\/?)$/, '/debian-security$1')
  const at = (uri: string) => [{ arches: ['default'], uri }]
  return { apt: { primary: at(primary), security: at(security) } }
}
