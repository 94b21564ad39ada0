import {
  type BootFileRule,
  type Judgement,
  type NewEvent,
  type Reason,
  type SecureBoot,
  type Site,
  say,
  worded,
} from '@eims/contracts'
import {
  architectureNames,
  type Client,
  type DhcpProxy,
  type DhcpProxyOptions,
  type Drop,
  isVendorClass,
  matchesGlob,
  type NodeFacts,
  type OtherDhcp,
  type Settings,
  type Sighting,
  startDhcpProxy,
} from '@eims/dhcp-proxy'
import { closedTo } from '@eims/workflow'
import type { Logger } from 'pino'
import type { NetbootGate } from '../netboot/gate.ts'
import { NewestMap } from '../newest-map.ts'
import type { Segment } from '../segment.ts'
import { shimFor, signedChainOf, startsGrub } from '../signed-chain.ts'
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
  /** iPXE's own shim, where the operator has put it and its iPXE into the folder of boot files; null: not there */
  ipxeShim: () => string | null
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
    factsOf: (client) => {
      if (isIpxe(client, site())) chained.heard(client.mac)
      return factsOf(client, site(), parts.gate, signedFor(client, parts))
    },
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

/** One netboot client heard once, as an event for its timeline. */
export const sightingEvent = (sighting: Sighting<Reason>): NewEvent =>
  worded({
    kind: sighting.messageType === 'discover' ? 'dhcp.discover' : 'dhcp.request',
    mac: sighting.mac,
    // What a program reads stands here: a machine says its user class itself, and with it a part of the message.
    data: { ...sighting, firmware: architectureNames(sighting.archs) },
  })

/** A packet of a machine that came to nothing, as an event for its timeline. */
export function dropEvent({ mac, ...data }: Drop): NewEvent {
  return worded({ kind: 'dhcp.dropped', mac, data })
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

/**
 * Whether a machine is answered, and with which file of its own. Where DHCP is off nobody is.
 * @param signed the file of the signed chain for this firmware, where neither node nor product has a boot file; null: none
 */
export function factsOf(
  client: Pick<Client, 'mac' | 'uuid' | 'archs' | 'vendorClass'>,
  site: Pick<Site, 'dhcpMode' | 'bootFiles' | 'secureBoot' | 'secureBootModels'>,
  netboot: NetbootGate,
  signed: (secureBoot: SecureBoot) => string | null = () => null,
): NodeFacts<Reason> {
  if (site.dhcpMode === 'off') return { gate: { policy: 'local', reason: OFF }, bootFile: null }
  const node = netboot.find(client.mac, client.uuid)
  const bootFile = ownBootFile(node, site.bootFiles, client) ?? signed(signedChainOf(node, site))
  return { gate: gateOf(node && closedTo(node)), bootFile }
}

/** Whether iPXE asks, which shows that it was started. */
const isIpxe = ({ ipxe, userClasses }: Client, { userClass }: Site) => ipxe !== null || userClasses.includes(userClass)

/** The file of the signed chain for firmware that is to start it: by somebody's word, or because it has refused iPXE. */
const signedFor =
  (client: Client, { site, chained, ipxeShim, now }: Pick<DhcpOnSegment, 'site' | 'chained' | 'ipxeShim' | 'now'>) =>
  (secureBoot: SecureBoot): string | null => {
    if (secureBoot === 'off' || isIpxe(client, site())) return null
    const refused = secureBoot === 'auto' && chained.refuses(client.mac, now())
    if (secureBoot === 'auto' && !refused) return null
    const shim = shimFor(client.archs, ipxeShim())
    if (shim && refused) chained.given(client.mac, now(), shim)
    return shim
  }

/** A judgement as DHCP carries it out: one that is refused is told so by a file name, one that goes to its disk gets no answer. */
function gateOf(closed: Judgement | null): NodeFacts<Reason>['gate'] {
  if (!closed) return { policy: 'allowed' }
  const { kind, reason } = closed
  return kind === 'refused' ? { policy: 'denied', reason, slug: say(reason) } : { policy: 'local', reason }
}

/** Milliseconds for which a binary that never spoke is held against a machine, and what firmware takes to start one. */
const HELD_AGAINST = 60 * 60_000
const STARTING = 3000

/**
 * Machines that fetched one of our iPXE binaries by TFTP a moment ago: a ROM iPXE and the undionly.kpxe it
 * chained to send the same DISCOVER, and only this tells them apart. A hint for one LAN segment, so it may live
 * in memory; bounded in time and number.
 *
 * Firmware that has a whole iPXE and asks again as firmware, without a word of iPXE's, did not start it: so Secure Boot
 * refuses what Microsoft did not sign. OVMF goes on to its next way, UEFI HTTP boot, 65 s after the transfer.
 */
export class RecentTransfers {
  readonly #at: NewestMap<string, number>
  readonly #silentSince: NewestMap<string, number>
  readonly #given: NewestMap<string, { at: number; shim: string }>
  readonly #milliseconds: number

  constructor(milliseconds = 90_000, capacity = 4096) {
    this.#milliseconds = milliseconds
    this.#at = new NewestMap(capacity)
    this.#silentSince = new NewestMap(capacity)
    this.#given = new NewestMap(capacity)
  }

  /** @param mac of the client; @param now milliseconds */
  add(mac: string, now: number): void {
    this.#at.set(mac, now)
    this.#silentSince.set(mac, this.#silentSince.get(mac) ?? now)
  }

  /** iPXE speaks on that machine: it was started, by the firmware unless iPXE's own shim was handed out. */
  heard(mac: string): void {
    this.#silentSince.delete(mac)
    const shim = this.#given.get(mac)?.shim
    if (shim !== undefined && startsGrub(shim)) this.#given.delete(mac)
  }

  /** Whether the firmware that asks now has read iPXE before, within an hour, and never started it. */
  refuses(mac: string, now: number): boolean {
    const since = this.#silentSince.get(mac)
    if (since === undefined) return false
    if (now - since > HELD_AGAINST) this.#silentSince.delete(mac)
    return now - since > STARTING && now - since <= HELD_AGAINST
  }

  /** It was told to start the signed chain, because it refuses iPXE. */
  given(mac: string, now: number, shim: string): void {
    this.#given.set(mac, { at: now, shim })
  }

  /** Whether a machine that boots now was told so within the hour: also one that the signed chain led to an iPXE. */
  cameAfterRefusal(mac: string, now: number): boolean {
    const at = this.#given.get(mac)?.at
    return at !== undefined && now - at <= HELD_AGAINST
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
