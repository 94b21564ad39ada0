/**
 * ProxyDHCP for PXE: tells netboot clients what to load and from where, beside a DHCP server that gives the addresses.
 *
 * Implements RFC 2131 and 2132 as far as a proxy needs them, RFC 3396 (long options), RFC 3004 (user class, also in
 * the bare form that iPXE sends), RFC 4578 (options 93, 97), RFC 6842 (client identifier echoed), RFC 3046 (relay
 * information echoed last), the ProxyDHCP of PXE 2.1 without
 * boot-server lists and menus (but for the one that a Raspberry Pi looks for), and UEFI HTTP boot (UEFI 2.10 section 24.7).
 * Not implemented: DHCPv6, MTFTP.
 *
 * A packet's way: decode (packet.ts) -> readClient (client.ts) -> decide (reply.ts: for us? where to? in which form?
 * boot-step.ts: which file?) -> encode. packet-handler.ts is that way; only server.ts knows of sockets.
 * Why something is as it is comes as data (dhcp-reason.ts); its sentence is the caller's.
 */
export {
  ARCHITECTURES,
  architectureNames,
  type BootFileRule,
  bootArchitecture,
  deniedFile,
  isBootFileName,
  isVendorClass,
  matchesGlob,
  readDeniedFile,
} from './boot-files.ts'
export type { Facts, Gate } from './boot-step.ts'
export { type Client, type ClientReading, readClient } from './client.ts'
export type { AnyReason, Dropped } from './dhcp-reason.ts'
export { decodeOptions, encodeOptions, MESSAGE_TYPE, OPTION, type Options } from './options.ts'
export type { OtherDhcp } from './other-dhcp.ts'
export { BOOT_REPLY, BOOT_REQUEST, decode, encode, type Packet } from './packet.ts'
export { PacketHandler, type Rim, type Send } from './packet-handler.ts'
export type { DhcpProxyOptions, Drop, NodeFacts, Problem, Sighting } from './proxy-options.ts'
export { type Decision, decide, type Heard, type ServerPort, type Step } from './reply.ts'
export { type DhcpProxy, startDhcpProxy } from './server.ts'
export { type Settings, settingsProblem } from './settings.ts'
