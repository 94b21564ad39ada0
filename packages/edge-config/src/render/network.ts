import { networkConfig } from '@eims/cloud-config'
import { ownNetwork } from '../system/network.ts'
import type { OperatingSystem } from '../system/operating-system.ts'
import type { Facts } from './facts.ts'

type Ethernet = NonNullable<ReturnType<typeof networkConfig>>['ethernets'][string]

/** cloud-init before 23.4 knows no `default` as a route's destination but where netplan reads it. */
const EVERYWHERE = { v4: '0.0.0.0/0', v6: '::/0' }

/**
 * The network config of a unit with an address of its own, version 2: that address on the NIC that the machine boots from, or
 * on the one that is named; the others as ever. Null: nothing is said of the network.
 */
export function networkPart({ network }: OperatingSystem, { nics }: Facts, told: string[]) {
  if (!network) return null
  const { gateway, dnsServers = [], searchDomains = [] } = network
  const nameservers = {
    ...(dnsServers.length > 0 ? { addresses: dnsServers } : {}),
    ...(searchDomains.length > 0 ? { search: searchDomains } : {}),
  }
  const own = ownNetwork(network)
  const address = own && {
    dhcp4: false,
    addresses: [`${network.address!.split('/')[0]}/${own.prefix}`],
    ...(gateway === undefined
      ? {}
      : { routes: [{ to: gateway.includes(':') ? EVERYWHERE.v6 : EVERYWHERE.v4, via: gateway }] }),
  }
  const changed = (nic: { match: Ethernet['match'] | { name: string }; dhcp4: boolean }) => ({
    ...(address ? { match: nic.match, ...address } : nic),
    ...(Object.keys(nameservers).length > 0 ? { nameservers } : {}),
  })
  const mac = network.macAddress?.toLowerCase()
  const ethernets = networkConfig(nics)?.ethernets ?? {}
  const chosen = Object.entries(ethernets).find(([, { match }]) => mac === undefined || match.macaddress === mac)
  if (chosen) return { version: 2, ethernets: { ...ethernets, [chosen[0]]: changed(chosen[1]) } }
  if (mac !== undefined && nics.length > 0)
    told.push(`operatingSystem.network: the machine has no NIC ${mac} on which the address could be`)
  const match = mac === undefined ? { name: 'e*' } : { macaddress: mac }
  return { version: 2, ethernets: { ...ethernets, fixed: changed({ match, dhcp4: true }) } }
}
