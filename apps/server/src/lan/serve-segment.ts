import type { InterfaceCounters, NewEvent, Site } from '@eims/contracts'
import type { Logger } from 'pino'
import type { Artifacts } from '../artifacts.ts'
import type { NetbootGate } from '../netboot/gate.ts'
import type { Segment } from '../segment.ts'
import { type RecentTransfers, startDhcp } from './dhcp.ts'
import { dhcpSettings, type TlsOnSegment } from './dhcp-settings.ts'
import { HeardServers } from './heard-servers.ts'
import { startTftp, type TftpOnSegment } from './tftp.ts'

export interface LanParts {
  artifacts: Artifacts
  /** the site's settings as they are now */
  site: () => Site
  gate: NetbootGate
  /** the same, by what a machine says and by its address */
  closedTo: TftpOnSegment['gate']
  macOf: (address: string) => string | null
  chained: RecentTransfers
  /** a boot file that is written for machines that reach us under this base URL; null: that name is none */
  generated: (name: string, base: string) => string | null
  /** TFTP from port 69 only */
  singlePort: boolean
  record: (event: NewEvent) => void
  now: () => number
  log: Logger
}

type SegmentServices = AsyncDisposable & {
  counters(): Pick<InterfaceCounters, 'dhcp' | 'tftp' | 'heardServers'>
}

/**
 * ProxyDHCP and TFTP of one LAN segment.
 * @param on.base `http://192.168.77.1:7480`, as it is now; @param on.tls how machines reach us over TLS, asked whenever the site was read
 */
export async function serveSegment(
  on: { segment: Segment; base: () => string; tls: () => TlsOnSegment | null },
  parts: LanParts,
): Promise<SegmentServices> {
  const { segment, base, tls } = on
  const { artifacts, site, gate, chained, record, now, log } = parts
  await using stack = new AsyncDisposableStack()
  const tftp = stack.use(
    await startTftp({
      segment,
      artifacts,
      generated: (name) => parts.generated(name, base()),
      gate: parts.closedTo,
      macOf: parts.macOf,
      record,
      singlePort: parts.singlePort,
      onBinarySent: (mac) => chained.add(mac, now()),
      now,
      log,
    }),
  )
  const heard = new HeardServers()
  const dhcp = stack.use(
    await startDhcp({
      segment,
      settingsFor: (site) => dhcpSettings(site, { address: segment.address, base: base(), tls: tls() }),
      site,
      gate,
      heard,
      chained,
      ipxeShim: () => artifacts.ipxeShim(),
      record,
      now,
      log,
    }),
  )
  const parted = stack.move()
  return {
    counters: () => ({ dhcp: dhcp.counters(), tftp: { ...tftp.counters() }, heardServers: heard.list() }),
    [Symbol.asyncDispose]: () => parted.disposeAsync(),
  }
}
