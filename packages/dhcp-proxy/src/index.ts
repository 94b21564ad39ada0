/**
 * ProxyDHCP for PXE: tells netboot clients what to load and from where, beside a DHCP server that gives the addresses.
 *
 * Implements RFC 2131 and 2132 as far as a proxy needs them, RFC 3396 (long options), RFC 3004 (user class, also in
 * the bare form that iPXE sends), RFC 4578 (options 93, 97), RFC 6842 (client identifier echoed), RFC 3046 (relay
 * information echoed last), the ProxyDHCP of PXE 2.1 without
 * boot-server lists and menus (but for the one that a Raspberry Pi looks for), and UEFI HTTP boot (UEFI 2.10 section 24.7).
 * Not implemented: DHCPv6, MTFTP.
 *
 * A packet's way: decode (packet.ts) -> readClient (client.ts) -> decide (decide.ts: for us? where to? ladder.ts:
 * which file?) -> replyTo (reply.ts) -> encode. packet-handler.ts is that way; only server.ts knows of sockets.
 */
export { ARCHITECTURES, type BootArchitecture, bootArchitecture } from './architectures.ts'
export { type BootFileChoice, type BootFileRule, chooseBootFile, isBootFileName, matchesGlob } from './boot-files.ts'
export { type Client, type ClientReading, readClient } from './client.ts'
export type { DhcpCounters } from './counters.ts'
export { type Decision, type Door, decide, type Heard, type Step } from './decide.ts'
export { deniedFile, deniedText, isDeniedFile } from './denied.ts'
export type { Facts, Gate } from './ladder.ts'
export { type Decoded, decodeOptions, encodeOptions, type Options } from './option-area.ts'
export { IPXE_FEATURE, IPXE_SETTING, MESSAGE_TYPE, OPTION, optionName, PXE_SUBOPTION } from './options.ts'
export type { OtherDhcp } from './other-dhcp.ts'
export { BOOT_REPLY, BOOT_REQUEST, decode, encode, type Packet } from './packet.ts'
export type { DhcpProxyOptions, Problem, SocketSource } from './proxy-options.ts'
export { type DhcpProxy, startDhcpProxy } from './server.ts'
export { type Settings, settingsProblem } from './settings.ts'
export type { Sighting } from './sighting.ts'
