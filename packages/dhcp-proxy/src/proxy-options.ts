import type { Facts } from './boot-step.ts'
import type { Client } from './client.ts'
import type { AnyReason, DhcpReason, Dropped } from './dhcp-reason.ts'
import type { OtherDhcp } from './other-dhcp.ts'
import type { Decision, ServerPort, Step } from './reply.ts'
import type { Settings } from './settings.ts'

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
  port: ServerPort
  from: string | null
}

/**
 * One netboot client, heard once, and what came of it. Texts are printable ASCII of at most 255 characters; addresses
 * null when unset.
 */
export type Sighting<R = AnyReason> = {
  mac: string
  uuid: string | null
  archs: readonly number[]
  vendorClass: string
  userClass: string | null
  messageType: Client['messageType']
  port: ServerPort
  /** option 54 of a REQUEST: the server whose offer the machine took */
  serverIdentifier: string | null
  /** option 50: the address that it asks that server for */
  requestedAddress: string | null
  /** the address that it has */
  ciaddr: string | null
  /** the relay that passed it on */
  giaddr: string | null
  /** seconds for which it has been trying, as it says; some firmware counts otherwise */
  secs: number
  outcome: Decision['kind']
  /** null when ignored */
  step: Step | null
  /** the file, script or URL that the machine was told */
  file: string | null
  /** why it was ignored or denied */
  reason: DhcpReason<R> | null
}

/** A packet that came to nothing, of a machine whose MAC could be read. */
export type Drop = {
  mac: string
  port: ServerPort
  /** null: the packet could not be read so far */
  messageType: Client['messageType'] | null
  reason: Dropped
}

/** What the caller knows of a machine. */
export type NodeFacts<R = AnyReason> = Pick<Facts<R>, 'gate' | 'bootFile'>

/** `R`: the reasons of the gate that `factsOf` gives. */
export type DhcpProxyOptions<R = AnyReason> = {
  sockets: { dhcp: SocketSource; pxe: SocketSource }
  /** asked for each packet, so that a change counts at once; the same object again costs nothing */
  settings: () => Settings
  /** whether this machine (`52:54:00:aa:00:01`) fetched one of our iPXE binaries by TFTP a moment before */
  chainedRecently: (mac: string) => boolean
  /**
   * gate and boot file of a machine, asked for each packet; a promise may take three seconds, and 256 may be under way.
   * When it fails the machine gets no answer. Default: every machine may boot, with the table's file
   */
  factsOf?: (client: Client) => NodeFacts<R> | Promise<NodeFacts<R>>
  onSeen: (sighting: Sighting<R>) => void
  /** each packet of a known MAC that came to nothing, also those that the rate limit drops; never one that `onSeen` tells */
  onDropped?: (drop: Drop) => void
  /** other DHCP and ProxyDHCP servers, as far as they show on our ports; at most once a second each */
  onOther?: (other: OtherDhcp) => void
  onProblem: (problem: Problem) => void
  /** packets of one MAC answered and reported in a second; firmware sends less than one */
  maxPerClientPerSecond?: number
}
