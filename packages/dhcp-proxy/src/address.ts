/** Addresses as they stand in a packet: IPv4 as dotted text, hardware addresses as `52:54:00:aa:00:01`. */

/** The four bytes at `at` as dotted text. */
export function addressText(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** The four bytes of a dotted address. Throws RangeError for anything else: addresses in a packet are our own making. */
export function addressBytes(text: string): Uint8Array {
  const parts = text.split('.')
  const bytes = parts.map(Number)
  if (parts.length !== 4 || parts.some((part, index) => !/^\d{1,3}$/.test(part) || bytes[index]! > 255)) {
    throw new RangeError(`${JSON.stringify(text)} is not an IPv4 address; write it like 192.168.77.1`)
  }
  return Uint8Array.from(bytes)
}

/** Whether a reply may be sent to this address: no "this network" (0/8), no multicast, nothing above. */
export function isUnicast(text: string): boolean {
  const first = addressBytes(text)[0]!
  return first > 0 && first < 224
}

/** Six bytes as `52:54:00:aa:00:01`. */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/**
 * Bytes 1 to 16 of option 97 as the text that SMBIOS tools, iPXE's `${uuid}` and the label on the machine show.
 * RFC 4578 section 2.3 leaves the byte order open; EDK2 and iPXE send the EFI form, in which the first three fields
 * are little-endian. Firmware that sends the other order gives the byte-swapped twin: whoever compares must try both.
 */
export function uuidText(bytes: Uint8Array): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  const hex = order.map((index) => bytes[index]!.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
