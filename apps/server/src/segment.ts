/** What an inherited socket is for: UDP 67, UDP 4011, UDP 69, the machines' TCP ports. */
export type SocketRole = 'dhcp' | 'pxe' | 'tftp' | 'http' | 'https'

/** Why machines cannot reach us on an interface: there is none of that name, or what it lacks. */
export type Away = 'gone' | 'off' | 'no-link' | 'no-address'

/** How we stand on a LAN, as the kernel said last. */
export interface Presence {
  /** the kernel's number of the interface that the sockets are bound to */
  index: number
  /** our IPv4 address there: siaddr, TFTP source, host part of URLs; the last one while there is none */
  address: string
  /** those that it had since the start, the newest first, at most eight */
  formerAddresses: string[]
  /** bytes */
  mtu: number
  away: Away | null
}

/**
 * One bench LAN that this service serves: an interface, our address on it, and its five sockets. Its presence changes
 * under way (parts/links.ts), so whoever needs the address reads it when it is needed.
 */
export interface Segment extends Presence {
  interface: string
  fds: Record<SocketRole, number>
}
