import type { Image, Inventory, Nic, NodeDetail, Profile, Site } from '@eims/contracts'
import { type Facts, sample } from '@eims/tinkerbell'

interface Known {
  /** null: no machine is meant */
  node: (Omit<NodeDetail, 'waiting'> & { bootMac?: string | null }) | null
  /** what the machine gets; null: nothing yet */
  effective: { profile: Profile; image: Image } | null
  site: Pick<Site, 'name' | 'httpProxy' | 'noProxy' | 'ntpServers'>
  /** base URL under which machines find this server; null: nobody knows yet */
  server: string | null
  params: Readonly<Record<string, string>>
}

/** PURE: what a workflow template is told of a machine, out of what the registry knows. */
export const templateFacts = ({ node, effective, site, server, params }: Known): Facts => ({
  node: node && nodeFacts(node),
  profile: effective && {
    name: effective.profile.name,
    version: effective.profile.version,
    cloudConfig: effective.profile.cloudConfig ?? '',
    securityFeature: effective.profile.securityFeature,
  },
  image: effective && {
    name: effective.image.name,
    // one that was sent here is found by its checksum, and templates ask for a URL
    url: effective.image.sourceUrl ?? new URL(`/images/${effective.image.name}`, server ?? sample.site.server).href,
    sha256: effective.image.sourceSha256,
    architecture: effective.image.architecture,
  },
  site: {
    name: site.name,
    server: server ?? sample.site.server,
    httpProxy: site.httpProxy,
    noProxy: site.noProxy,
    ntpServers: site.ntpServers,
  },
  params,
  hardware: node?.hardware ?? null,
})

function nodeFacts({ inventory, ...node }: NonNullable<Known['node']>): NonNullable<Facts['node']> {
  const { name, serial, uuid, macs, manufacturer, product, metadata, batch } = node
  const bootMac = node.bootMac ?? bootNic(inventory)?.mac ?? null
  return {
    name,
    serial,
    uuid,
    // the one that it boots by is the first, as Tinkerbell's users write their Hardware
    macs: bootMac === null ? macs : [bootMac, ...macs.filter((mac) => mac !== bootMac)],
    bootMac,
    manufacturer,
    product,
    metadata,
    architecture: inventory?.architecture ?? null,
    firmware: inventory?.firmware ?? null,
    // the LAN's DHCP server leases it, and the machine has another one when its OS runs
    ip: null,
    batch,
  }
}

const bootNic = (inventory: Inventory | null): Nic | undefined => inventory?.nics.find(({ boot }) => boot)
