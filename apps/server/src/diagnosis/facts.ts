import type { Architecture, Event, NodeDetail, Site } from '@eims/contracts'

/** Everything that a diagnosis rests on, as plain data. Times in milliseconds since 1970. */
export interface DiagnosisFacts {
  now: number
  /** as it was asked for */
  subject: string
  node: NodeDetail | null
  macs: string[]
  /** oldest first */
  events: Event[]
  phoneHomeDueAt: number | null
  agentSeenAt: number | null
  site: Pick<Site, 'dhcpMode' | 'scriptUrl'>
  server: {
    /** since when it listens */
    since: number
    interfaces: { interface: string; address: string }[]
    /** bytes of the packed initrd, where there is a Micro-OS */
    initrd: Partial<Record<Architecture, number>>
  }
}
