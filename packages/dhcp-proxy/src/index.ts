/**
 * ProxyDHCP for PXE: tells netboot clients what to load and from where, beside a DHCP server that gives the addresses.
 *
 * Implements RFC 2131 and 2132 as far as a proxy needs them, RFC 3396 (long options), RFC 3004 (user class, also in
 * the bare form that iPXE sends), RFC 4578 (options 93, 97), RFC 6842 (client identifier echoed), RFC 3046 (relay
 * information echoed last), the ProxyDHCP of PXE 2.1 without
 * boot-server lists and menus.
 * Not implemented: UEFI HTTP boot (recognised and left alone), DHCPv6, MTFTP.
 *
 * A packet's way: decode (packet.ts) -> readClient (client.ts) -> decide (decide.ts: for us? where to? ladder.ts:
 * which file?) -> replyTo (reply.ts) -> encode. Only server.ts knows of sockets.
 */
export { ARCHITECTURES, type BootArchitecture, bootArchitecture } from './architectures.ts'
export { type Client, type ClientReading, readClient } from './client.ts'
export { type Decision, type Door, decide, type Heard, type Step } from './decide.ts'
export type { Facts } from './ladder.ts'
export { type Decoded, decodeOptions, encodeOptions, type Options } from './option-area.ts'
export { IPXE_FEATURE, MESSAGE_TYPE, OPTION, optionName, PXE_SUBOPTION } from './options.ts'
export { BOOT_REPLY, BOOT_REQUEST, decode, encode, type Packet } from './packet.ts'
export {
  type DhcpProxy,
  type DhcpProxyOptions,
  type Problem,
  type Sighting,
  type SocketSource,
  startDhcpProxy,
} from './server.ts'
export { type Settings, settingsProblem } from './settings.ts'
