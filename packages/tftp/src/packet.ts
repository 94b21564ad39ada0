/**
 * The six TFTP packets: bytes <-> values. RFC 1350 section 5 and appendix, RFC 2347 (options, OACK, error 8).
 *
 *             2 bytes    string   1 byte  string  1 byte    string  1 byte  string  1 byte
 *            +--------+----------+------+--------+------+- - - - - +------+- - - - +------+
 *   RRQ WRQ  | 01 02  | filename |  0   |  mode  |  0   |  option  |  0   | value  |  0   | ...
 *            +--------+----------+------+--------+------+- - - - - +------+- - - - +------+
 *            +--------+----------+------------+       +--------+----------+
 *   DATA     |   03   |  block # |  n bytes   |  ACK  |   04   |  block # |
 *            +--------+----------+------------+       +--------+----------+
 *            +--------+----------+---------+------+       +--------+--------+------+-------+------+
 *   ERROR    |   05   |   code   | message |  0   |  OACK |   06   | option |  0   | value |  0   | ...
 *            +--------+----------+---------+------+       +--------+--------+------+-------+------+
 */

/** Option names in lower case with their values, in the order of the packet; each name at most once. */
export type Options = readonly (readonly [name: string, value: string])[]

export type Packet =
  | { readonly kind: 'rrq' | 'wrq'; readonly filename: string; readonly mode: string; readonly options: Options }
  | { readonly kind: 'data'; readonly block: number; readonly data: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'oack'; readonly options: Options }

export type Malformed = { readonly kind: 'malformed'; readonly reason: string }

/** RFC 1350 appendix; `option` is RFC 2347. */
export const errorCode = { other: 0, notFound: 1, access: 2, illegal: 4, unknownTid: 5, option: 8 } as const

const opcode = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const

/** RFC 2347: "The maximum size of a request packet is 512 octets." */
const longestRequest = 512

/**
 * One datagram -> one packet, or `malformed` with the reason. Never throws.
 * Strings are read as latin1, so that whatever a firmware put into a name is still there to judge. An option without
 * a value at the end is left out, as any option may be.
 */
export function decode(bytes: Uint8Array): Packet | Malformed {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < 2) return malformed('shorter than an opcode')
  const code = view.readUInt16BE(0)
  switch (code) {
    case opcode.rrq:
      return decodeRequest('rrq', view)
    case opcode.wrq:
      return decodeRequest('wrq', view)
    case opcode.oack:
      return { kind: 'oack', options: decodeOptions(view, 2) }
    case opcode.data:
      if (view.length < 4) return malformed('DATA without a block number')
      return { kind: 'data', block: view.readUInt16BE(2), data: view.subarray(4) }
    case opcode.ack:
      if (view.length < 4) return malformed('ACK without a block number')
      return { kind: 'ack', block: view.readUInt16BE(2) }
    case opcode.error:
      if (view.length < 4) return malformed('ERROR without a code')
      return { kind: 'error', code: view.readUInt16BE(2), message: lenientString(view, 4) }
    default:
      return malformed(`opcode ${code} does not exist`)
  }
}

/** One packet -> the bytes of its datagram. Strings must be latin1 without NUL; block numbers wrap at 65,536. */
export function encode(packet: Packet): Uint8Array {
  switch (packet.kind) {
    case 'rrq':
    case 'wrq':
      return Buffer.concat([head(packet.kind), text(packet.filename), text(packet.mode), pairs(packet.options)])
    case 'oack':
      return Buffer.concat([head('oack'), pairs(packet.options)])
    case 'data':
      return encodeData(packet.block, packet.data)
    case 'ack':
      return head('ack', packet.block)
    case 'error':
      return Buffer.concat([head('error', packet.code), text(packet.message)])
  }
}

/** A DATA packet; what encode() does, for the one packet that there are many of. */
export function encodeData(block: number, data: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(4 + data.length)
  bytes[0] = 0
  bytes[1] = opcode.data
  bytes[2] = (block >> 8) & 0xff
  bytes[3] = block & 0xff
  bytes.set(data, 4)
  return bytes
}

function decodeRequest(kind: 'rrq' | 'wrq', view: Buffer): Packet | Malformed {
  if (view.length > longestRequest) return malformed(`request longer than ${longestRequest} bytes`)
  const nameEnd = view.indexOf(0, 2)
  if (nameEnd < 0) return malformed('file name without its end')
  // Firmware that copies option 67 with its end puts NUL and 0xff bytes between the name and the mode
  // (Lenovo T460, Kontron boards). No mode begins with either.
  let modeStart = nameEnd + 1
  while (view[modeStart] === 0 || view[modeStart] === 0xff) modeStart++
  const modeEnd = view.indexOf(0, modeStart)
  if (modeEnd < 0) return malformed('mode without its end')
  return {
    kind,
    filename: view.toString('latin1', 2, nameEnd),
    mode: view.toString('latin1', modeStart, modeEnd).toLowerCase(),
    options: decodeOptions(view, modeEnd + 1),
  }
}

function decodeOptions(view: Buffer, start: number): Options {
  const options = new Map<string, string>()
  for (let at = start; ; ) {
    const nameEnd = view.indexOf(0, at)
    const valueEnd = nameEnd < 0 ? -1 : view.indexOf(0, nameEnd + 1)
    if (valueEnd < 0) return [...options]
    const name = view.toString('latin1', at, nameEnd).toLowerCase()
    if (name !== '' && !options.has(name)) options.set(name, view.toString('latin1', nameEnd + 1, valueEnd))
    at = valueEnd + 1
  }
}

/** ERROR messages come from some clients without the NUL. */
function lenientString(view: Buffer, start: number): string {
  const end = view.indexOf(0, start)
  return view.toString('latin1', start, end < 0 ? view.length : end)
}

function head(kind: keyof typeof opcode, second?: number): Buffer {
  const bytes = Buffer.alloc(second === undefined ? 2 : 4)
  bytes.writeUInt16BE(opcode[kind], 0)
  if (second !== undefined) bytes.writeUInt16BE(second & 0xffff, 2)
  return bytes
}

function text(value: string): Buffer {
  if (value.includes('\0')) throw new Error('a string in a TFTP packet cannot hold NUL')
  return Buffer.from(`${value}\0`, 'latin1')
}

function pairs(options: Options): Buffer {
  return Buffer.concat(options.flat().map(text))
}

function malformed(reason: string): Malformed {
  return { kind: 'malformed', reason }
}
