import { type Disk, type Image, type NodeDetail, type Profile, type Site, say } from '@eims/contracts'
import type { NormalIdentity } from '@eims/registry'
import { gateOf } from '../netboot/gate.ts'

/** PURE: the sentence why a machine cannot become a node, or null when something of its identity is its own. */
export function whyNameless({ serial, uuid, macs }: NormalIdentity): string | null {
  return serial || uuid || macs.length > 0
    ? null
    : 'serial, UUID and MACs of this machine are all placeholders or missing; set a serial or UUID in its firmware'
}

/** What speaks for or against provisioning an onboarded machine now. */
export interface Prospect {
  node: Pick<NodeDetail, 'name' | 'registered' | 'state' | 'netbootPolicy' | 'inventory'>
  /** the reason of a person who holds it; null: nobody does */
  hold: string | null
  /** of the current instance; one that is PENDING was asked for by a person */
  instance: { state: string } | null
  /** the profile that applies, with its image */
  effective: { profile: Profile; image: Image } | null
  site: Pick<Site, 'unknownPolicy' | 'defaultProfile' | 'autoProvision' | 'overwriteUnregistered'>
}

/** PURE: the sentence why a machine waits in the Micro-OS, or null when it may be provisioned (design sections 6 and 7). */
export function whyHeld({ node, hold, instance, effective, site }: Prospect): string | null {
  if (node.state === 'UNTRUSTED') return 'the machine is marked as untrusted'
  if (hold !== null) return hold
  const gate = gateOf({ name: node.name, policy: node.netbootPolicy })
  if (gate.policy !== 'allowed') return say(gate.reason)
  if (!node.registered) {
    const policy = site.unknownPolicy ?? (site.defaultProfile ? 'default-profile' : 'hold')
    if (policy !== 'default-profile' && !instance)
      return site.unknownPolicy
        ? `nobody registered this machine, and the site says ${policy}; register it (eims nodes add) or change the site’s policy`
        : 'nobody registered this machine, and the site has no default profile; register it (eims nodes add) or set a default profile'
  }
  if (!effective) return 'the machine has no profile, and the site has no default profile'
  const { profile, image } = effective
  if (image.state !== 'ready')
    return `image ${image.name} of profile ${profile.name} is ${image.state}${image.reason ? `: ${image.reason}` : ''}`
  const has = node.inventory?.architecture
  if (has && has !== profile.architecture)
    return `profile ${profile.name} is for ${profile.architecture}, the machine is ${has}`
  if (!site.autoProvision && !instance) return 'waits for: eims nodes provision'
  if (!node.registered && !site.overwriteUnregistered) return whyNotBlank(node.inventory?.disks ?? [])
  return null
}

/** A machine that nobody registered is written only when every disk it could boot from is blank. */
function whyNotBlank(disks: Disk[]): string | null {
  const used = disks.find(
    (disk) => !disk.removable && !disk.readOnly && disk.transport !== 'usb' && disk.size > 0 && !disk.content.blank,
  )
  return used
    ? `nobody registered this machine, and its disk ${used.path} is not blank (${used.content.found ?? 'holds data'}); register it (eims nodes add) or wipe that disk`
    : null
}
