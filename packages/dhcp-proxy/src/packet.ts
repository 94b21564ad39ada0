import { addressBytes, addressText } from './address.ts'
import { type Decoded, decodeOptions, encodedOptionsLength, encodeOptions, type Options } from './option-area.ts'
import { OPTION } from './options.ts'

/** A BOOTP/DHCP message (RFC 2131 section 2). Addresses are dotted text, `0.0.0.0` when unset. */
export type Packet = {
  op: number
  htype: number
  hlen: number
  hops: number
  xid: number
  secs: number
  flags: number
  ciaddr: string
  yiaddr: string
  siaddr: string
  giaddr: string
  /** the whole field of 16 bytes, of which `hlen` count */
  chaddr: Uint8Array
  /** one character a byte (Latin-1), without the NUL */
  sname: string
  file: string
  /** everything but pad, end and overload (52), which belong to the wire alone */
  options: Options
}

export const BOOT_REQUEST = 1
export const BOOT_REPLY = 2

/** The longest text that fits the `file` field with the NUL that some firmware needs. */
export const FILE_MAX = 127
const SNAME_MAX = 63

/*
 *     0  op      1  htype   2  hlen    3  hops     4  xid (4)
 *     8  secs (2)          10  flags (2)          12  ciaddr (4)
 *    16  yiaddr (4)        20  siaddr (4)         24  giaddr (4)
 *    28  chaddr (16)       44  sname (64)        108  file (128)
 *   236  magic cookie 63 82 53 63                240  options …
 */
const AT = {
  ciaddr: 12,
  yiaddr: 16,
  siaddr: 20,
  giaddr: 24,
  chaddr: 28,
  sname: 44,
  file: 108,
  cookie: 236,
  options: 240,
}
const MAGIC_COOKIE = 0x63825363

/** BOOTP's least message (RFC 951: 300 bytes); some boot ROMs and relays drop a shorter one. */
const LEAST_MESSAGE = 300
/** A jumbo frame; nobody sends a longer DHCP message. */
const LONGEST_MESSAGE = 9216

/**
 * Reads a datagram. Follows option overload (52, RFC 2132 section 9.3) into `file` and `sname`; a field that holds
 * options then reads as empty text. Never throws: malformed bytes come back as `{ok: false, reason}`.
 */
export function decode(bytes: Uint8Array): Decoded<Packet> {
  if (bytes.length < AT.options) return malformed(`${bytes.length} bytes are too few: a header alone has ${AT.options}`)
  if (bytes.length > LONGEST_MESSAGE) return malformed(`${bytes.length} bytes are more than ${LONGEST_MESSAGE}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(AT.cookie) !== MAGIC_COOKIE) return malformed('the magic cookie is not 63 82 53 63')
  const hlen = bytes[2]!
  if (hlen > 16) return malformed(`hlen is ${hlen}, and chaddr has 16 bytes`)

  const snameField = bytes.subarray(AT.sname, AT.file)
  const fileField = bytes.subarray(AT.file, AT.cookie)
  const optionsField = bytes.subarray(AT.options)
  const first = decodeOptions([optionsField])
  if (!first.ok) return first
  const overload = first.value.get(OPTION.overload)
  if (overload && (overload.length !== 1 || overload[0]! < 1 || overload[0]! > 3)) {
    return malformed('option 52 (overload) is not one byte of 1, 2 or 3')
  }
  const overloaded = overload?.[0] ?? 0
  const inFile = (overloaded & 1) !== 0
  const inSname = (overloaded & 2) !== 0
  const all =
    overloaded === 0
      ? first
      : decodeOptions([optionsField, ...(inFile ? [fileField] : []), ...(inSname ? [snameField] : [])])
  if (!all.ok) return all
  all.value.delete(OPTION.overload)

  return {
    ok: true,
    value: {
      op: bytes[0]!,
      htype: bytes[1]!,
      hlen,
      hops: bytes[3]!,
      xid: view.getUint32(4),
      secs: view.getUint16(8),
      flags: view.getUint16(10),
      ciaddr: addressText(bytes, AT.ciaddr),
      yiaddr: addressText(bytes, AT.yiaddr),
      siaddr: addressText(bytes, AT.siaddr),
      giaddr: addressText(bytes, AT.giaddr),
      chaddr: new Uint8Array(bytes.subarray(AT.chaddr, AT.sname)),
      sname: inSname ? '' : textUpToNul(snameField),
      file: inFile ? '' : textUpToNul(fileField),
      options: all.value,
    },
  }
}

/**
 * The datagram of a message, at least 300 bytes long, `sname` and `file` ended by NUL.
 * For requests and replies alike. Throws RangeError for what has no form on the wire (a text that would be cut,
 * a character above 255, a number out of range): such a message is our own mistake, nothing that a peer can cause.
 */
export function encode(packet: Packet): Uint8Array {
  const options = encodeOptions(packet.options)
  const bytes = new Uint8Array(Math.max(LEAST_MESSAGE, AT.options + options.length))
  const view = new DataView(bytes.buffer)
  bytes[0] = whole('op', packet.op, 0xff)
  bytes[1] = whole('htype', packet.htype, 0xff)
  bytes[2] = whole('hlen', packet.hlen, 16)
  bytes[3] = whole('hops', packet.hops, 0xff)
  view.setUint32(4, whole('xid', packet.xid, 0xffffffff))
  view.setUint16(8, whole('secs', packet.secs, 0xffff))
  view.setUint16(10, whole('flags', packet.flags, 0xffff))
  for (const field of ['ciaddr', 'yiaddr', 'siaddr', 'giaddr'] as const) {
    bytes.set(addressBytes(packet[field]), AT[field])
  }
  if (packet.chaddr.length !== 16) throw new RangeError(`chaddr has ${packet.chaddr.length} bytes, not 16`)
  bytes.set(packet.chaddr, AT.chaddr)
  bytes.set(textBytes('sname', packet.sname, SNAME_MAX), AT.sname)
  bytes.set(textBytes('file', packet.file, FILE_MAX), AT.file)
  view.setUint32(AT.cookie, MAGIC_COOKIE)
  if (packet.options.has(OPTION.overload)) throw new RangeError('option 52 (overload) is not for callers')
  bytes.set(options, AT.options)
  return bytes
}

/** How many bytes `encode` makes of this message. */
export function encodedLength(packet: Packet): number {
  return Math.max(LEAST_MESSAGE, AT.options + encodedOptionsLength(packet.options))
}

function malformed(reason: string): { ok: false; reason: string } {
  return { ok: false, reason }
}

function textUpToNul(field: Uint8Array): string {
  const nul = field.indexOf(0)
  return Buffer.from(nul < 0 ? field : field.subarray(0, nul)).toString('latin1')
}

function textBytes(field: string, text: string, longest: number): Uint8Array {
  if (text.length > longest) throw new RangeError(`${field} has ${text.length} characters, more than ${longest}`)
  for (const character of text) {
    const code = character.charCodeAt(0)
    if (code === 0 || code > 0xff) throw new RangeError(`${field} holds a character that has no byte on the wire`)
  }
  return Buffer.from(text, 'latin1')
}

function whole(field: string, value: number, largest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw new RangeError(`${field} is ${value}, not a whole number up to ${largest}`)
  }
  return value
}
