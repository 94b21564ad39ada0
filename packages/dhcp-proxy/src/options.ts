/**
 * The DHCP options and PXE sub-options that this proxy speaks of, by name, and how options stand in a packet.
 * Codes that are not here travel through untouched, as bytes.
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
function optionName(code: number): string {
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

/** Options in the order of their first appearance; the bytes are the option's value without code and length. */
export type Options = ReadonlyMap<number, Uint8Array>

/** A value, or why the bytes are none. What a peer sends can be wrong; that is no exception. */
export type Decoded<Value> = { ok: true; value: Value } | { ok: false; reason: string }

/*
 *   +------+--------+----------------+     code 0 (pad) and 255 (end)
 *   | code | length | length bytes   |     stand alone, without a length
 *   +------+--------+----------------+     (RFC 2132 section 2)
 */

/**
 * Reads one or several areas of options as one (RFC 3396 section 5: the pieces of an option that stands there
 * several times are joined, in the order options field, file, sname). Values are views of the areas, not copies.
 * A missing end option is accepted, an option that runs past the end of its area is not.
 */
export function decodeOptions(areas: readonly Uint8Array[]): Decoded<Map<number, Uint8Array>> {
  const options = new Map<number, Uint8Array>()
  let split: Map<number, Uint8Array[]> | undefined
  for (const area of areas) {
    for (let at = 0; at < area.length; ) {
      const code = area[at]!
      if (code === OPTION.end) break
      if (code === OPTION.pad) {
        at += 1
        continue
      }
      const length = area[at + 1]
      if (length === undefined) return { ok: false, reason: `${optionName(code)} has no length byte` }
      const end = at + 2 + length
      if (end > area.length) {
        const present = area.length - at - 2
        return { ok: false, reason: `${optionName(code)} says ${length} bytes and has ${present}` }
      }
      const piece = new Uint8Array(area.buffer, area.byteOffset + at + 2, length)
      const first = options.get(code)
      if (first === undefined) options.set(code, piece)
      else {
        split ??= new Map()
        const pieces = split.get(code)
        if (pieces) pieces.push(piece)
        else split.set(code, [first, piece])
      }
      at = end
    }
  }
  if (split) for (const [code, pieces] of split) options.set(code, join(pieces))
  return { ok: true, value: options }
}

/**
 * The bytes of options with the end option behind them, in the order of the map.
 * A value longer than 255 bytes becomes several pieces (RFC 3396). Throws RangeError for a code outside 1…254.
 */
export function encodeOptions(options: Options): Uint8Array {
  const bytes = new Uint8Array(encodedOptionsLength(options))
  writeOptions(bytes, 0, options)
  return bytes
}

/** Writes what `encodeOptions` gives at `at`; there must be room for it. */
export function writeOptions(bytes: Uint8Array, at: number, options: Options): void {
  for (const [code, value] of options) {
    if (!Number.isInteger(code) || code <= OPTION.pad || code >= OPTION.end) {
      throw new RangeError(`option code ${code} is not between 1 and 254`)
    }
    for (let from = 0; from === 0 || from < value.length; from += LONGEST_PIECE) {
      const length = Math.min(value.length - from, LONGEST_PIECE)
      bytes[at] = code
      bytes[at + 1] = length
      // A loop: options are short, and `set` with a view of each takes longer.
      for (let i = 0; i < length; i++) bytes[at + 2 + i] = value[from + i]!
      at += 2 + length
    }
  }
  bytes[at] = OPTION.end
}

/** How many bytes `encodeOptions` makes of these. */
export function encodedOptionsLength(options: Options): number {
  let length = 1
  for (const value of options.values()) {
    length += 2 * Math.max(1, Math.ceil(value.length / LONGEST_PIECE)) + value.length
  }
  return length
}

const LONGEST_PIECE = 255

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
