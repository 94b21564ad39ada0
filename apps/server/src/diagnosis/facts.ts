import type { Architecture, HeardServer, Site } from '@eims/contracts'
import type { MachineRecord } from '@eims/registry'

/** Everything that a diagnosis rests on, as plain data. Times in milliseconds since 1970. */
export interface DiagnosisFacts extends MachineRecord {
  now: number
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
