import type { Client } from './client.ts'
import type { Door } from './decide.ts'
import type { Facts } from './ladder.ts'
import type { OtherDhcp } from './other-dhcp.ts'
import type { Settings } from './settings.ts'
import type { Sighting } from './sighting.ts'

/**
 * Where a socket comes from: a bound UDP socket handed in as a file descriptor (bound to one device, so that nothing
 * of another LAN is heard or answered; Node cannot make one itself), or an address to bind.
 */
export type SocketSource = { fd: number } | { address: string; port: number }

export type Problem = {
  /**
   * `malformed`: a datagram that is no DHCP; `client`: a netboot client that breaks the rules, so is not answered;
   * `caller`: wrong settings, or a callback that threw
   */
  kind: 'malformed' | 'client' | 'send' | 'socket' | 'caller'
  message: string
  port: Door
  from: string | null
}

export type DhcpProxyOptions = {
  sockets: { dhcp: SocketSource; pxe: SocketSource }
  /** asked for each packet, so that a change counts at once; the same object again costs nothing */
  settings: () => Settings
  /** whether this machine (`52:54:00:aa:00:01`) fetched one of our iPXE binaries by TFTP a moment before */
  chainedRecently: (mac: string) => boolean
  /**
   * gate and boot file of a machine, asked for each packet; a promise may take three seconds, and 256 may be under way.
   * When it fails the machine gets no answer. Default: every machine may boot, with the table's file
   */
  factsOf?: (client: Client) => Pick<Facts, 'gate' | 'bootFile'> | Promise<Pick<Facts, 'gate' | 'bootFile'>>
  onSeen: (sighting: Sighting) => void
  /** other DHCP and ProxyDHCP servers, as far as they show on our ports; at most once a second each */
  onOther?: (other: OtherDhcp) => void
  onProblem: (problem: Problem) => void
  /** packets of one MAC answered and reported in a second; firmware sends less than one */
  maxPerClientPerSecond?: number
}
