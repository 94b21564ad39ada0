/** What an inherited socket is for: UDP 67, UDP 4011, UDP 69, the machines' TCP ports. */
export type SocketRole = 'dhcp' | 'pxe' | 'tftp' | 'http' | 'https'

/** One bench LAN that this service serves: an interface, our address on it, and its five sockets. */
export interface Segment {
  interface: string
  /** our IPv4 address there: siaddr, TFTP source, host part of URLs */
  address: string
  fds: Record<SocketRole, number>
}
