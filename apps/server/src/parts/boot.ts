import { strictest } from '@eims/workflow'
import { openArtifacts } from '../artifacts.ts'
import type { BootDecider } from '../boot/decider.ts'
import { type Generated, generatedFor } from '../boot/generated.ts'
import { localBoot } from '../engine/boot.ts'
import type { Engine } from '../engine/engine.ts'
import { LEASE } from '../http/agent.ts'
import { RecentTransfers } from '../lan/dhcp.ts'
import type { LanParts } from '../lan/serve-segment.ts'
import { readNeighbours } from '../netboot/neighbours.ts'
import type { Tls } from '../tls/open.ts'
import type { Given } from './given.ts'
import type { SiteAtHand } from './site.ts'

export interface Boot extends Pick<LanParts, 'artifacts' | 'macOf' | 'chained'> {
  decider: BootDecider
  cameAfterRefusal: (mac: string) => boolean
  /** the boot files that are written, for machines that are loaded in one way or the other */
  generated: (loadedBy: 'tftp' | 'http') => Generated
}

interface Before {
  site: SiteAtHand
  engine: Engine
  tls: Tls
}

/** What DHCP, TFTP and HTTP have to agree on: who decides, the gate, the boot files, and who has iPXE already. */
export function startBoot({ config, now, site: { site, gate }, engine, tls }: Given & Before): Boot {
  const { macOf } = readNeighbours()
  const closedTo = (mac: string | null, address: string) =>
    gate.guards ? strictest(gate.of(mac), gate.of(macOf(address))) : gate.of(mac)
  const decider = localBoot({ engine, site, gate: closedTo, ca: () => tls.ca(), lease: LEASE, now })
  const chained = new RecentTransfers()
  return {
    decider,
    artifacts: openArtifacts(config.artifactsDir, config.bootFilesDir),
    macOf,
    chained,
    cameAfterRefusal: (mac) => chained.cameAfterRefusal(mac, now()),
    generated: (loadedBy) => generatedFor({ site: decider.site, httpsPort: config.httpsPort }, loadedBy),
  }
}
