import { addressText, macIn, writeAddress } from './address.ts'
import { type Decoded, decodeOptions, encodedOptionsLength, OPTION, type Options, writeOptions } from './options.ts'

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
  /** the whole field of 16 bytes, of which `hlen` count; of a decoded packet a view of the datagram, as options are */
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
const CHADDR = 16

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
  if (uint32(bytes, AT.cookie) !== MAGIC_COOKIE) return malformed('the magic cookie is not 63 82 53 63')
  const hlen = bytes[2]!
  if (hlen > 16) return malformed(`hlen is ${hlen}, and chaddr has 16 bytes`)

  const field = (from: number, to: number) => new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
  const optionsField = field(AT.options, bytes.length)
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
      : decodeOptions([
          optionsField,
          ...(inFile ? [field(AT.file, AT.cookie)] : []),
          ...(inSname ? [field(AT.sname, AT.file)] : []),
        ])
  if (!all.ok) return all
  if (overload) all.value.delete(OPTION.overload)

  return {
    ok: true,
    value: {
      op: bytes[0]!,
      htype: bytes[1]!,
      hlen,
      hops: bytes[3]!,
      xid: uint32(bytes, 4),
      secs: uint16(bytes, 8),
      flags: uint16(bytes, 10),
      ciaddr: addressText(bytes, AT.ciaddr),
      yiaddr: addressText(bytes, AT.yiaddr),
      siaddr: addressText(bytes, AT.siaddr),
      giaddr: addressText(bytes, AT.giaddr),
      chaddr: new Uint8Array(bytes.buffer, bytes.byteOffset + AT.chaddr, CHADDR),
      sname: inSname || bytes[AT.sname] === 0 ? '' : textUpToNul(field(AT.sname, AT.file)),
      file: inFile || bytes[AT.file] === 0 ? '' : textUpToNul(field(AT.file, AT.cookie)),
      options: all.value,
    },
  }
}

/** The MAC that a request which `decode` refuses is from, as far as its header shows it; null: it shows none. */
export function senderOf(bytes: Uint8Array): string | null {
  return bytes.length >= AT.sname && bytes[0] === BOOT_REQUEST ? macIn(bytes.subarray(AT.chaddr, AT.sname)) : null
}

/**
 * The datagram of a message, at least 300 bytes long, `sname` and `file` ended by NUL.
 * For requests and replies alike. Throws RangeError for what has no form on the wire (a text that would be cut,
 * a character above 255, a number out of range): such a message is our own mistake, nothing that a peer can cause.
 */
export function encode(packet: Packet): Uint8Array {
  if (packet.options.has(OPTION.overload)) throw new RangeError('option 52 (overload) is not for callers')
  // From Node's pool of buffers: a block of memory for each reply costs more to give back than all the rest.
  const bytes = Buffer.allocUnsafe(encodedLength(packet)).fill(0)
  bytes[0] = whole('op', packet.op, 0xff)
  bytes[1] = whole('htype', packet.htype, 0xff)
  bytes[2] = whole('hlen', packet.hlen, 16)
  bytes[3] = whole('hops', packet.hops, 0xff)
  bytes.writeUInt32BE(whole('xid', packet.xid, 0xffffffff), 4)
  bytes.writeUInt16BE(whole('secs', packet.secs, 0xffff), 8)
  bytes.writeUInt16BE(whole('flags', packet.flags, 0xffff), 10)
  writeAddress(bytes, AT.ciaddr, packet.ciaddr)
  writeAddress(bytes, AT.yiaddr, packet.yiaddr)
  writeAddress(bytes, AT.siaddr, packet.siaddr)
  writeAddress(bytes, AT.giaddr, packet.giaddr)
  if (packet.chaddr.length !== CHADDR) throw new RangeError(`chaddr has ${packet.chaddr.length} bytes, not ${CHADDR}`)
  for (let i = 0; i < CHADDR; i++) bytes[AT.chaddr + i] = packet.chaddr[i]!
  writeText(bytes, AT.sname, 'sname', packet.sname, SNAME_MAX)
  writeText(bytes, AT.file, 'file', packet.file, FILE_MAX)
  bytes.writeUInt32BE(MAGIC_COOKIE, AT.cookie)
  writeOptions(bytes, AT.options, packet.options)
  return bytes
}

/** How many bytes `encode` makes of this message. */
export function encodedLength(packet: Packet): number {
  return Math.max(LEAST_MESSAGE, AT.options + encodedOptionsLength(packet.options))
}

/** The address in an option of four bytes as dotted text, or null. */
export function addressIn(packet: Packet, code: number): string | null {
  const value = packet.options.get(code)
  return value?.length === 4 ? addressText(value) : null
}

function malformed(reason: string): { ok: false; reason: string } {
  return { ok: false, reason }
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 65_536 + uint16(bytes, at + 2)
}

function textUpToNul(field: Uint8Array): string {
  const nul = field.indexOf(0)
  return Buffer.from(nul < 0 ? field : field.subarray(0, nul)).toString('latin1')
}

function writeText(bytes: Uint8Array, at: number, field: string, text: string, longest: number): void {
  if (text.length > longest) throw new RangeError(`${field} has ${text.length} characters, more than ${longest}`)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0 || code > 0xff) throw new RangeError(`${field} holds a character that has no byte on the wire`)
    bytes[at + i] = code
  }
}

function whole(field: string, value: number, largest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw new RangeError(`${field} is ${value}, not a whole number up to ${largest}`)
  }
  return value
}
