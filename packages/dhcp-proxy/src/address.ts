/** Addresses as they stand in a packet: IPv4 as dotted text, hardware addresses as `52:54:00:aa:00:01`. */

/** The address that says "none". */
export const NO_ADDRESS = '0.0.0.0'

/** The four bytes at `at` as dotted text. */
export function addressText(bytes: Uint8Array, at = 0): string {
  const isSet = (bytes[at]! | bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]!) !== 0
  return isSet ? `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}` : NO_ADDRESS
}

/** The four bytes of a dotted address. Throws RangeError for anything else: addresses in a packet are our own making. */
export function addressBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(4)
  writeAddress(bytes, 0, text)
  return bytes
}

/** Writes the four bytes of a dotted address at `at`. Throws as `addressBytes` does. */
export function writeAddress(bytes: Uint8Array, at: number, text: string): void {
  let part = 0
  let value = 0
  let digits = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT
    if (code === DOT && digits > 0 && part < 4 && value < 256) {
      bytes[at + part] = value
      part += 1
      value = 0
      digits = 0
    } else if (code >= ZERO && code <= ZERO + 9 && digits < 3) {
      value = value * 10 + code - ZERO
      digits += 1
    } else throw new RangeError(`${JSON.stringify(text)} is not an IPv4 address; write it like 192.168.77.1`)
  }
  if (part !== 4) throw new RangeError(`${JSON.stringify(text)} is not an IPv4 address; write it like 192.168.77.1`)
}

const DOT = 46
const ZERO = 48

/** Whether a reply may be sent to this address (dotted text): no "this network" (0/8), no multicast, nothing above. */
export function isUnicast(text: string): boolean {
  const first = Number.parseInt(text, 10)
  return first > 0 && first < 224
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Six bytes as `52:54:00:aa:00:01`. */
export function macText(bytes: Uint8Array): string {
  let text = HEX[bytes[0]!]!
  for (let i = 1; i < bytes.length; i++) text += `:${HEX[bytes[i]!]}`
  return text
}

/**
 * The MAC in a `chaddr` field, whatever hardware type stands before it (iPXE on InfiniBand says 32 with six bytes); null
 * for none, a group's, and a longer address of another kind.
 */
export function macIn(chaddr: Uint8Array): string | null {
  const mac = chaddr.subarray(0, MAC_LENGTH)
  const isMachines = mac.length === MAC_LENGTH && (mac[0]! & 1) === 0 && mac.some(isSet)
  return isMachines && !chaddr.subarray(MAC_LENGTH).some(isSet) ? macText(mac) : null
}

const MAC_LENGTH = 6
const isSet = (byte: number) => byte !== 0

/** `52-54-00-aa-00-01` for `52:54:00:aa:00:01`: how it stands in the name of a file. */
export function macInFileName(mac: string): string {
  const byte = (at: number) => mac.slice(3 * at, 3 * at + 2)
  return `${byte(0)}-${byte(1)}-${byte(2)}-${byte(3)}-${byte(4)}-${byte(5)}`
}

/** The order of a UUID's bytes in its text, -1 for a hyphen. */
const UUID_ORDER = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15]

/**
 * Bytes 1 to 16 of option 97 as the text that SMBIOS tools, iPXE's `${uuid}` and the label on the machine show.
 * RFC 4578 section 2.3 leaves the byte order open; EDK2 and iPXE send the EFI form, in which the first three fields
 * are little-endian. Firmware that sends the other order gives the byte-swapped twin: whoever compares must try both.
 */
export function uuidText(bytes: Uint8Array): string {
  let text = ''
  for (const index of UUID_ORDER) text += index < 0 ? '-' : HEX[bytes[index]!]
  return text
}
