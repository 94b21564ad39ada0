import { bootArchitecture, type Settings, type Sighting, startDhcpProxy } from '@eims/dhcp-proxy'
import type { NewEvent } from '@eims/registry'
import type { Logger } from 'pino'
import type { Segment } from '../listen/segments.ts'

export interface DhcpOnSegment {
  segment: Segment
  settings: () => Settings
  chainedRecently: (mac: string) => boolean
  record: (event: NewEvent) => void
  log: Logger
}

/** The ProxyDHCP of one LAN segment; what it hears of netboot clients goes on their timeline. */
export function startDhcp({
  segment,
  settings,
  chainedRecently,
  record,
  log,
}: DhcpOnSegment): Promise<AsyncDisposable> {
  return startDhcpProxy({
    sockets: { dhcp: { fd: segment.fds.dhcp }, pxe: { fd: segment.fds.pxe } },
    settings,
    chainedRecently,
    onSeen: (sighting) => {
      log.debug({ sighting }, 'dhcp')
      record(sightingEvent(sighting))
    },
    onProblem: (problem) => log.warn({ problem }, `dhcp: ${problem.message}`),
  })
}

/** One netboot client heard once, as an event for its timeline. */
export function sightingEvent(sighting: Sighting): NewEvent {
  const { mac, uuid, archs, userClass, messageType, port, decision } = sighting
  const firmware = archs.map((arch) => bootArchitecture(arch)?.name ?? `architecture ${arch}`).join(', ')
  return {
    kind: messageType === 'discover' ? 'dhcp.discover' : 'dhcp.request',
    mac,
    message: `${messageType.toUpperCase()} on port ${port} from ${userClass ?? firmware}: ${decision}`,
    data: { uuid, archs, userClass, port },
  }
}
