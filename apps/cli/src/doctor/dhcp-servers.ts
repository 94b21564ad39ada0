import type { HeardServer } from '@eims/contracts'
import { type Check, fail, ok, warn } from './check.ts'
import type { Offer } from './probe-packets.ts'

interface LanSeen {
  interface: string
  /** answers to the probe, or why there was none */
  offers: Offer[] | { refused: string }
  /** what the running service heard since it started */
  heard: HeardServer[]
  /** addresses of this machine, and by which its service went before: it is no stranger */
  own: string[]
  /** milliseconds since 1970 */
  now: number
}

/**
 * A server last heard longer ago than this may have been switched off since; one that is on shows when the next machine
 * boots.
 */
const RECENT = 10 * 60_000

/** Servers that answered a probe or were heard and seem to be another ProxyDHCP, or name a boot file. Pure. */
export function seemingStrangers({ offers, heard, own }: Pick<LanSeen, 'offers' | 'heard' | 'own'>): string[] {
  const answered = 'refused' in offers ? [] : offers.filter(({ pxe, file }) => pxe || file).map(({ server }) => server)
  const proxies = heard.filter(({ how }) => how === 'proxy').map(({ address }) => address)
  return [...new Set([...answered, ...proxies])].filter((address) => !own.includes(address))
}

/** Who else answers DHCP on a LAN: one server has to give addresses, and nobody else may tell what to boot. Pure. */
export function judgeServers({ interface: name, offers, heard, own, now }: LanSeen): Check[] {
  const title = `DHCP on ${name}`
  if ('refused' in offers) {
    const says = `The LAN could not be asked: ${offers.refused}.`
    return [warn(title, says, 'Run this as root, and stop what holds UDP port 68.')]
  }
  const unique = (all: string[]) => [...new Set(all)].sort()
  const giving = unique(offers.filter(({ address }) => address).map(({ server }) => server))
  const strangers = (all: Offer[]) => all.filter(({ server }) => !own.includes(server))
  const proxies = unique([
    ...strangers(offers)
      .filter(({ address, pxe }) => !address && pxe)
      .map(({ server }) => server),
    ...heard
      .filter(
        ({ how, address, lastAt }) => how === 'proxy' && !own.includes(address) && now - Date.parse(lastAt) < RECENT,
      )
      .map(({ address }) => address),
  ])
  const naming = strangers(offers).filter(({ address, file }) => address && file)
  const others = heard.filter(({ address }) => !own.includes(address))
  return [addresses(title, giving, others), bootServers(`PXE servers on ${name}`, proxies, naming)]
}

function addresses(title: string, giving: string[], heard: HeardServer[]): Check {
  if (giving.length === 0) {
    const before = [...new Set(heard.filter(({ how }) => how !== 'proxy').map(({ address }) => address))]
    return fail(
      title,
      `No DHCP server offers an address${before.length > 0 ? `, though machines took one from ${before.join(', ')} before` : ''}.`,
      'Start the LAN’s own DHCP server, or look whether its range is used up: eims hands out no addresses.',
    )
  }
  if (giving.length > 1)
    return warn(
      title,
      `${giving.length} DHCP servers offer addresses: ${giving.join(', ')}.`,
      'Leave one of them on, unless they are meant to share the LAN: machines take whichever answers first.',
    )
  return ok(title, `${giving[0]} gives the addresses.`)
}

function bootServers(title: string, proxies: string[], naming: Offer[]): Check {
  if (proxies.length > 0)
    return fail(
      title,
      `Another ProxyDHCP (PXE server) answers on this LAN: ${proxies.join(', ')}.`,
      'Switch it off, or take this LAN from it: machines boot from whichever answers first.',
    )
  const [first] = naming
  if (first)
    return warn(
      title,
      `The DHCP server ${first.server} names a boot file itself: ${first.file}.`,
      'Take next-server and filename (options 66 and 67) out of it, unless it is meant to lead here (docs/dhcp.md).',
    )
  return ok(title, 'Nobody else tells machines what to boot.')
}
