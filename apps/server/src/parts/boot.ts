import { openArtifacts } from '../artifacts.ts'
import { autoexecFor, autoexecScript } from '../boot/autoexec.ts'
import { RecentTransfers } from '../lan/chained.ts'
import type { LanParts } from '../lan/serve-segment.ts'
import { strictest } from '../netboot/gate.ts'
import { readNeighbours } from '../netboot/neighbours.ts'
import type { Given } from './given.ts'
import type { SiteAtHand } from './site.ts'

export interface Boot extends Pick<LanParts, 'artifacts' | 'macOf' | 'gateOf' | 'chained'> {
  /** autoexec.ipxe, by the base URL under which a machine reaches us */
  autoexec: (loadedBy: 'tftp' | 'http') => (base: string) => string
}

/** What DHCP, TFTP and HTTP have to agree on: the boot files, the gate by MAC and address, and who has iPXE already. */
export function startBoot({ config, site: { site, gate } }: Given & { site: SiteAtHand }): Boot {
  const { macOf } = readNeighbours()
  return {
    artifacts: openArtifacts(config.artifactsDir, config.bootFilesDir),
    macOf,
    gateOf: (mac, address) => (gate.guards ? strictest(gate.of(mac), gate.of(macOf(address))) : gate.of(mac)),
    chained: new RecentTransfers(),
    autoexec: (loadedBy) => (base) =>
      autoexecScript(autoexecFor(site(), { base, httpsPort: config.httpsPort, loadedBy })),
  }
}
