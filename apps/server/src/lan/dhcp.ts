import type { Site } from '@eims/contracts'
import {
  bootArchitecture,
  type Client,
  type DhcpProxy,
  type Facts,
  type OtherDhcp,
  type Settings,
  type Sighting,
  startDhcpProxy,
} from '@eims/dhcp-proxy'
import type { NewEvent } from '@eims/registry'
import type { Logger } from 'pino'
import { gateOf, type NetbootGate } from '../netboot/gate.ts'
import type { Segment } from '../segment.ts'
import type { HeardServers } from './heard-servers.ts'
import { ownBootFile } from './own-boot-file.ts'

export interface DhcpOnSegment {
  segment: Segment
  /** asked for each packet; the same object again costs nothing */
  settings: () => Settings
  site: () => Site
  gate: NetbootGate
  heard: HeardServers
  chainedRecently: (mac: string) => boolean
  record: (event: NewEvent) => void
  now: () => number
  log: Logger
}

const OFF = 'DHCP is off at this site (site set --dhcp proxy)'

/** The ProxyDHCP of one LAN segment; what it hears of netboot clients goes on their timeline. */
export function startDhcp(parts: DhcpOnSegment): Promise<DhcpProxy> {
  const { segment, site, heard, now, log } = parts
  return startDhcpProxy({
    sockets: { dhcp: { fd: segment.fds.dhcp }, pxe: { fd: segment.fds.pxe } },
    settings: parts.settings,
    chainedRecently: parts.chainedRecently,
    factsOf: (client) => factsOf(client, site(), parts.gate),
    onSeen: (sighting) => {
      const seen = site().dhcpMode === 'off' ? { ...sighting, reason: OFF, decision: `ignored: ${OFF}` } : sighting
      log.debug({ sighting: seen }, 'dhcp')
      const { messageType, serverIdentifier } = seen
      if (messageType === 'request' && serverIdentifier && serverIdentifier !== segment.address)
        heard.add(serverIdentifier, 'chosen', now())
      parts.record(sightingEvent(seen))
    },
    onOther: (other) => heard.add(other.serverIdentifier ?? other.from, howHeard(other), now()),
    onProblem: (problem) => log.warn({ problem }, `dhcp: ${problem.message}`),
  })
}

/** Whether a machine is answered, and with which file of its own. Where DHCP is off nobody is. */
export function factsOf(
  client: Pick<Client, 'mac' | 'uuid' | 'archs' | 'vendorClass'>,
  site: Pick<Site, 'dhcpMode' | 'bootFiles'>,
  gate: NetbootGate,
): Pick<Facts, 'gate' | 'bootFile'> {
  if (site.dhcpMode === 'off') return { gate: { policy: 'local', reason: OFF }, bootFile: null }
  const node = gate.find(client.mac, client.uuid)
  return { gate: gateOf(node), bootFile: ownBootFile(node, site.bootFiles, client) }
}

function howHeard({ reply, vendorClass }: OtherDhcp) {
  if (!reply) return 'chosen'
  return vendorClass?.startsWith('PXEClient') ? 'proxy' : 'replied'
}

/** One netboot client heard once, as an event for its timeline. */
export function sightingEvent(sighting: Sighting): NewEvent {
  const { mac, archs, userClass, messageType, port, decision } = sighting
  const firmware = archs.map((arch) => bootArchitecture(arch)?.name ?? `architecture ${arch}`).join(', ')
  return {
    kind: messageType === 'discover' ? 'dhcp.discover' : 'dhcp.request',
    mac,
    message: `${messageType.toUpperCase()} on port ${port} from ${userClass ?? firmware}: ${decision}`,
    // What a program reads stands here: a machine says its user class itself, and with it a part of the message.
    data: sighting,
  }
}
