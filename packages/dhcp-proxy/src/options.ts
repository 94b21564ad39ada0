/**
 * The DHCP options and PXE sub-options that this proxy speaks of, by name.
 * Codes that are not here travel through the codec untouched, as bytes.
 */

/** DHCP option codes: RFC 2132, RFC 3004 (77), RFC 3046 (82), RFC 4578 (93, 94, 97); 175 is iPXE's own. */
export const OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  hostName: 12,
  vendorSpecific: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maxMessageSize: 57,
  vendorClass: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootFileName: 67,
  userClass: 77,
  relayAgentInformation: 82,
  clientArchitecture: 93,
  clientNetworkInterface: 94,
  clientMachineIdentifier: 97,
  ipxe: 175,
  end: 255,
} as const

/** Option 53, RFC 2132 section 9.6. */
export const MESSAGE_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const

export type MessageTypeName = keyof typeof MESSAGE_TYPE

/** Sub-options of option 43 when option 60 says PXEClient: PXE 2.1 specification, table 2-1. */
export const PXE_SUBOPTION = { discoveryControl: 6, bootMenu: 9, menuPrompt: 10 } as const

/** Bit 3 of PXE_DISCOVERY_CONTROL: "a boot file name is in this very offer: load it, ask no boot server". */
export const PXE_BOOT_FILE_IN_OFFER = 0x08

/** Sub-options of iPXE's option 175 in what it sends: its feature list, `src/include/ipxe/features.h`. */
export const IPXE_FEATURE = { http: 0x13, https: 0x14, tftp: 0x15, efi: 0x24 } as const

/**
 * Sub-options of option 175 in what iPXE is sent: its settings, `src/include/ipxe/dhcp.h`. `trust` (fingerprints of
 * root certificates) counts only in the packet that firmware had before iPXE started.
 */
export const IPXE_SETTING = { trust: 0x5a } as const

const optionNames = namesByCode(OPTION)
const messageTypeNames = namesByCode(MESSAGE_TYPE)

/** The name of an option for a person: `vendorClass (60)`; an unknown one is `option 224`. */
export function optionName(code: number): string {
  const name = optionNames.get(code)
  return name === undefined ? `option ${code}` : `${name} (${code})`
}

/** The name of a message type (option 53), or null for a number that RFC 2132 does not know. */
export function messageTypeName(code: number): MessageTypeName | null {
  return messageTypeNames.get(code) ?? null
}

function namesByCode<Name extends string>(table: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  return new Map(Object.entries<number>(table).map(([name, code]) => [code, name as Name]))
}
