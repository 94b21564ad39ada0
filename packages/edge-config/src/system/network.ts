import { type Field, quoted } from '@eims/placed-yaml'
import { isIn, isReserved, type Network, overlap, parseAddress, parseNetwork, prefixOf } from '../address.ts'
import { LIMITS } from '../limits.ts'
import { mapping, words } from '../shape/collections.ts'
import { number, text } from '../shape/scalars.ts'
import type { Shape } from '../shape/shape.ts'

const address = (says: string, example: string) =>
  text(says, {
    fault: (given) =>
      parseAddress(given) ? null : `must be an IP address such as ${example}, and is ${quoted(given)}`,
    remedy: 'Write the address alone, in decimal without leading zeros.',
    example,
  })

export const network: Shape<GivenNetwork> = mapping(
  'A static address of the NIC that the machine boots from; left out, every NIC asks DHCP. It is one machine’s, so it belongs into a node’s config-file.',
  {
    address: text('The address, which may have its prefix behind a slash.', {
      fault: (given) =>
        parseAddress(given) || parseNetwork(given)
          ? null
          : `must be an IP address such as 192.168.1.24, and is ${quoted(given)}`,
      remedy: 'Write the address in decimal without leading zeros, with or without /PREFIX.',
      example: '192.168.1.24',
    }),
    prefix: number('Bits of the network’s part.', 1, 128),
    netmask: text('The same as a mask.', {
      fault: (given) =>
        /^\d{1,2}$/.test(given) || prefixOf(given)
          ? null
          : `must be a netmask such as 255.255.255.0, and is ${quoted(given)}`,
      example: '255.255.255.0',
    }),
    gateway: address('The default gateway, inside that network; of IPv6 also a link-local one.', '192.168.1.1'),
    dnsServers: words('Name servers.', address('A name server.', '192.168.1.1'), 8),
    searchDomains: words(
      'Domains in which short names are looked up.',
      text('A domain.', { most: 253, pattern: /^[A-Za-z0-9.-]+$/, must: 'a domain' }),
      LIMITS.names,
    ),
    macAddress: text('The NIC that gets the address, when it is not the one that the machine boots from.', {
      pattern: /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i,
      must: 'a MAC address',
      example: '52:54:00:12:34:56',
    }),
  },
  {
    aliases: {
      staticIp: 'address',
      ip: 'address',
      subnetMask: 'netmask',
      defaultGateWay: 'gateway',
      dnsNameServer: 'dnsServers',
      nameservers: 'dnsServers',
    },
    check: checkAddress,
  },
)
export interface GivenNetwork {
  address?: string
  prefix?: number
  netmask?: string
  gateway?: string
  dnsServers?: string[]
  searchDomains?: string[]
  macAddress?: string
}

/** The addresses by which routers of IPv6 announce themselves (RFC 4291). */
const LINK_LOCAL = parseNetwork('fe80::/10')!

function checkAddress(given: GivenNetwork, at: (name: keyof GivenNetwork) => Field): void {
  if (given.address === undefined) {
    for (const name of ['prefix', 'netmask', 'gateway'] as const)
      if (given[name] !== undefined) at(name).mistake(`${name} needs an address`, 'Write address as well.')
    return
  }
  const said = prefixes(given)
  if (said.length === 0) at('address').mistake('The prefix of the address is missing', 'Write prefix, or netmask.')
  if (new Set(said).size > 1)
    at(given.prefix === undefined ? 'netmask' : 'prefix').mistake(
      `The prefix is said twice, as ${said.join(' and ')}`,
      'Leave one of them out.',
    )
  const own = ownNetwork(given)
  if (!own) {
    if (said.length > 0)
      at('prefix').mistake(`A prefix of ${said[0]} is too long for the address`, 'Write a shorter one.')
    return
  }
  if (isReserved(own, own))
    at('address').mistake(
      'The address is the first or last of its network, which no machine can have',
      'Write another.',
    )
  const gateway = given.gateway === undefined ? null : parseAddress(given.gateway)
  if (gateway && !isIn(gateway, own) && !(own.bits === 128 && isIn(gateway, LINK_LOCAL)))
    at('gateway').mistake(
      `The gateway ${given.gateway} is outside the network ${given.address?.split('/')[0]}/${own.prefix}`,
      'Write one inside it, or mend the prefix.',
    )
  else if (gateway && gateway.value === own.value)
    at('gateway').mistake('The gateway is the unit’s own address', 'Write another.')
}

function prefixes({ address = '', prefix, netmask }: GivenNetwork): number[] {
  const masked = netmask === undefined ? null : /^\d+$/.test(netmask) ? Number(netmask) : prefixOf(netmask)
  return [parseNetwork(address)?.prefix, prefix, masked].filter((each) => typeof each === 'number')
}

/** The address with its network; null when it is not whole. */
export function ownNetwork(given: GivenNetwork): Network | null {
  const [prefix] = prefixes(given)
  return prefix === undefined ? null : parseNetwork(`${given.address?.split('/')[0]}/${prefix}`)
}

/** What is wrong with a unit's network beside those of its cluster, as sentences. */
export function clusterOverlaps(given: GivenNetwork, cluster: { pods: string; services: string }): string[] {
  const own = ownNetwork(given)
  const kinds = [
    ['pods', cluster.pods],
    ['services', cluster.services],
  ] as const
  return kinds.flatMap(([kind, networks]) =>
    networks.split(',').flatMap((text) => {
      const theirs = parseNetwork(text.trim())
      return own && theirs && overlap(own, theirs)
        ? `The unit’s network ${given.address?.split('/')[0]}/${own.prefix} overlaps ${text.trim()}, that of the cluster’s ${kind}`
        : []
    }),
  )
}
