import type { Architecture, HeardServer, Reason, Site } from '@eims/contracts'
import type { MachineRecord } from '@eims/registry'

/** Everything that a diagnosis rests on, as plain data. Times in milliseconds since 1970. */
export interface DiagnosisFacts extends MachineRecord {
  now: number
  /** what keeps its node from being provisioned, as the judge says now; null: nothing, or it is no node */
  waiting: Reason | null
  site: Pick<Site, 'dhcpMode' | 'scriptUrl'>
  server: {
    /** since when it listens */
    since: number
    interfaces: {
      interface: string
      address: string
      heardServers: Pick<HeardServer, 'address' | 'how' | 'lastAt'>[]
    }[]
    /** bytes of the packed initrd, where there is a Micro-OS */
    initrd: Partial<Record<Architecture, number>>
  }
}
