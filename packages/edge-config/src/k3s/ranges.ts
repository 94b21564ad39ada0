import type { Field } from '@eims/placed-yaml'
import { isIn, type Network, overlap, parseAddress, parseNetwork } from '../address.ts'
import type { Check } from './values.ts'

/** The prefixes that Kubernetes can work with, of IPv4 and IPv6. */
const PREFIXES = {
  // a node gets a /24 or /64, and there are at most 2^16 of them
  pods: { 32: [8, 24], 128: [48, 64] },
  // the API server keeps a bit for each address, at most 2^20; the tenth is CoreDNS's
  services: { 32: [12, 28], 128: [108, 124] },
} as const

/** One range, or one of IPv4 and one of IPv6 with a comma between them. */
export function range(kind: keyof typeof PREFIXES): Check {
  return (text) => {
    const networks = networksIn(text)
    for (const [index, network] of networks.entries()) {
      if (!network) return ['is no address range', 'Write one as 10.42.0.0/16.']
      const [least, most] = PREFIXES[kind][network.bits]
      if (network.prefix < least || network.prefix > most)
        return [
          `is no range for ${kind}: its prefix is /${network.prefix}`,
          `Write one from /${least} to /${most}${network.bits === 32 ? '' : ' of IPv6'}.`,
        ]
      if (index > 1 || (index === 1 && networks[0]!.bits === network.bits))
        return [
          'holds several ranges of one kind',
          'Write one of IPv4, one of IPv6, or both with a comma between them.',
        ]
    }
    return null
  }
}

/** The ranges of a list with commas; null for each that is none. */
export const networksIn = (text: string): (Network | null)[] => text.split(',').map((part) => parseNetwork(part.trim()))

const soundIn = (text: string): Network[] => networksIn(text).flatMap((network) => network ?? [])

/** Tells what is wrong with the ranges of a cluster together. `at`: where to tell it. */
export function tellRanges(
  { pods, services }: { pods: string; services: string },
  at: { pods: Field; services: Field; dns: Field | undefined },
): void {
  const [podRanges, serviceRanges] = [soundIn(pods), soundIn(services)]
  if (podRanges.some((one) => serviceRanges.some((other) => overlap(one, other))))
    at.services.mistake(
      `The services’ range ${services} and the pods’ range ${pods} overlap`,
      'Choose two that have no address in common.',
    )
  const families = (ranges: Network[]) => ranges.map(({ bits }) => bits).join()
  if (families(podRanges) !== families(serviceRanges))
    at.services.mistake(
      `The services’ range ${services} and the pods’ range ${pods} are not of the same kinds`,
      'Write both as IPv4, both as IPv6, or both as IPv4 and IPv6 in the same order.',
    )
  for (const text of at.dns?.word()?.split(',') ?? []) {
    const address = parseAddress(text.trim())
    if (address && !serviceRanges.some((network) => isIn(address, network)))
      at.dns!.mistake(`${text.trim()} is not in the services’ range ${services}`, 'Write an address of it.')
  }
}

/** The first of some addresses (`10.0.0.2`, or `10.0.0.2/24`) that lies in a range of the cluster; null: none does. */
export function addressTaken(
  addresses: readonly string[],
  networks: { pods: string; services: string },
): { address: string; kind: 'pods' | 'services'; range: string } | null {
  for (const address of addresses) {
    const network = parseNetwork(address)
    const known = parseAddress(address)
    const isOf = (range: Network) => (network && overlap(network, range)) || (known && isIn(known, range))
    const kind = (['pods', 'services'] as const).find((each) => soundIn(networks[each]).some(isOf))
    if (kind) return { address, kind, range: networks[kind] }
  }
  return null
}
