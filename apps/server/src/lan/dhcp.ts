import { type BootFileRule, type Judgement, type NewEvent, type Reason, type Site, say } from '@eims/contracts'
import {
  type Client,
  type DhcpProxy,
  type DhcpProxyOptions,
  isVendorClass,
  matchesGlob,
  type NodeFacts,
  type OtherDhcp,
  type Settings,
  startDhcpProxy,
} from '@eims/dhcp-proxy'
import { closedTo } from '@eims/workflow'
import type { Logger } from 'pino'
import type { NetbootGate } from '../netboot/gate.ts'
import { NewestMap } from '../newest-map.ts'
import type { Segment } from '../segment.ts'
import { dropEvent, sightingEvent } from '../sighting-words.ts'
import type { HeardServers } from './heard-servers.ts'

export interface DhcpOnSegment {
  segment: Segment
  /** what the ProxyDHCP is told, made anew only when the site was read anew or our address is another */
  settingsFor: (site: Site) => Settings
  /** the site's settings as they are now; the same object until they are read again */
  site: () => Site
  gate: NetbootGate
  heard: HeardServers
  chained: RecentTransfers
  record: (event: NewEvent) => void
  now: () => number
  log: Logger
}

const OFF: Reason = { code: 'dhcp-off', slots: {} }

/** The ProxyDHCP of one LAN segment; what it hears of netboot clients goes on their timeline. */
export const startDhcp = (parts: DhcpOnSegment): Promise<DhcpProxy> => startDhcpProxy(proxyOptions(parts))

/** What the ProxyDHCP of a segment asks and tells, in terms of this server. */
export function proxyOptions(parts: DhcpOnSegment): DhcpProxyOptions<Reason> {
  const { segment, site, heard, chained, now, log } = parts
  return {
    sockets: { dhcp: { fd: segment.fds.dhcp }, pxe: { fd: segment.fds.pxe } },
    settings: keptFor(site, segment, parts.settingsFor),
    chainedRecently: (mac) => chained.has(mac, now()),
    factsOf: (client) => factsOf(client, site(), parts.gate),
    onSeen: (sighting) => {
      const seen = site().dhcpMode === 'off' ? { ...sighting, reason: OFF } : sighting
      log.debug({ sighting: seen }, 'dhcp')
      const { messageType, serverIdentifier } = seen
      if (messageType === 'request' && serverIdentifier && !isOurs(serverIdentifier, segment))
        heard.add(serverIdentifier, 'chosen', now())
      parts.record(sightingEvent(seen))
    },
    onDropped: (drop) => parts.record(dropEvent(drop)),
    onOther: (other) => heard.add(other.serverIdentifier ?? other.from, howHeard(other), now()),
    onProblem: (problem) => log.warn({ problem }, `dhcp: ${problem.message}`),
  }
}

/** Each packet asks, and looking settings through costs more than a reply. */
function keptFor(site: () => Site, segment: Segment, make: (site: Site) => Settings): () => Settings {
  let of: { site: Site; address: string } | undefined
  let settings: Settings
  return () => {
    const current = site()
    const { address } = segment
    if (current !== of?.site || address !== of.address) {
      settings = make(current)
      of = { site: current, address }
    }
    return settings
  }
}

const isOurs = (server: string, { address, formerAddresses }: Segment) =>
  server === address || formerAddresses.includes(server)

/** Whether a machine is answered, and with which file of its own. Where DHCP is off nobody is. */
export function factsOf(
  client: Pick<Client, 'mac' | 'uuid' | 'archs' | 'vendorClass'>,
  site: Pick<Site, 'dhcpMode' | 'bootFiles'>,
  netboot: NetbootGate,
): NodeFacts<Reason> {
  if (site.dhcpMode === 'off') return { gate: { policy: 'local', reason: OFF }, bootFile: null }
  const node = netboot.find(client.mac, client.uuid)
  return { gate: gateOf(node && closedTo(node)), bootFile: ownBootFile(node, site.bootFiles, client) }
}

/** A judgement as DHCP carries it out: one that is refused is told so by a file name, one that goes to its disk gets no answer. */
function gateOf(closed: Judgement | null): NodeFacts<Reason>['gate'] {
  if (!closed) return { policy: 'allowed' }
  const { kind, reason } = closed
  return kind === 'refused' ? { policy: 'denied', reason, slug: say(reason) } : { policy: 'local', reason }
}

/**
 * Machines that fetched one of our iPXE binaries by TFTP a moment ago: a ROM iPXE and the undionly.kpxe it
 * chained to send the same DISCOVER, and only this tells them apart. A hint for one LAN segment, so it may live
 * in memory; bounded in time and number.
 */
export class RecentTransfers {
  readonly #at: NewestMap<string, number>
  readonly #milliseconds: number

  constructor(milliseconds = 90_000, capacity = 4096) {
    this.#milliseconds = milliseconds
    this.#at = new NewestMap(capacity)
  }

  /** @param mac of the client; @param now milliseconds */
  add(mac: string, now: number): void {
    this.#at.set(mac, now)
  }

  has(mac: string, now: number): boolean {
    const at = this.#at.get(mac)
    return at !== undefined && now - at < this.#milliseconds
  }
}

/** What a boot file rule looks at. `archs`: option 93; `vendorClass`: option 60. */
interface RuledClient {
  archs: readonly number[]
  vendorClass: string
}

/**
 * The boot file that a node, or the site for its product, has instead of the usual one; null for none. Rules without a
 * product are not looked at: the ProxyDHCP knows them itself.
 */
export function ownBootFile(
  node: { bootFile: string | null; product: string | null } | null,
  rules: readonly BootFileRule[],
  client: RuledClient,
): string | null {
  if (!node) return null
  if (node.bootFile) return node.bootFile
  const holds = ({ product, architecture, vendorClass }: BootFileRule) =>
    product !== undefined &&
    node.product !== null &&
    matchesGlob(product.toLowerCase(), node.product.toLowerCase()) &&
    (architecture === undefined || client.archs.includes(architecture)) &&
    (vendorClass === undefined || isVendorClass(vendorClass, client.vendorClass))
  return rules.find(holds)?.file ?? null
}

function howHeard({ reply, vendorClass }: OtherDhcp) {
  if (!reply) return 'chosen'
  return vendorClass?.startsWith('PXEClient') ? 'proxy' : 'replied'
}
