import { addressBytes } from './address.ts'
import { encodeOptions } from './option-area.ts'
import { MESSAGE_TYPE, OPTION, PXE_BOOT_FILE_IN_OFFER, PXE_SUBOPTION } from './options.ts'
import { BOOT_REPLY, FILE_MAX, type Packet } from './packet.ts'

/** What a reply says beyond what every reply of a ProxyDHCP carries. */
export type ReplyContent = {
  type: 'offer' | 'ack'
  serverAddress: string
  /** option 60: what the client called itself */
  vendorClass: 'PXEClient' | 'HTTPClient'
  /** boot file; null leaves the field empty: "ask me on port 4011" */
  file: string | null
  /** option 43; null: none */
  vendorSpecific: Uint8Array | null
  /** iPXE's option 175; null: none */
  ipxe: Uint8Array | null
}

/** Tells a PXE ROM to load the named file at once instead of looking for boot servers. */
export const LOAD_AT_ONCE = encodeOptions(
  new Map([[PXE_SUBOPTION.discoveryControl, Uint8Array.of(PXE_BOOT_FILE_IN_OFFER)]]),
)

/**
 * What a Raspberry Pi's ROM looks for besides: a boot menu with this one entry (type 0, length, text), and a prompt
 * (time-out 0, text); without them it drops the offer.
 */
export const RASPBERRY_PI_MENU = encodeOptions(
  new Map<number, Uint8Array>([
    [PXE_SUBOPTION.discoveryControl, Uint8Array.of(PXE_BOOT_FILE_IN_OFFER)],
    [PXE_SUBOPTION.bootMenu, Buffer.from('\0\0\x11Raspberry Pi Boot', 'latin1')],
    [PXE_SUBOPTION.menuPrompt, Buffer.from('\0PXE', 'latin1')],
  ]),
)

const TYPE = { offer: Uint8Array.of(MESSAGE_TYPE.offer), ack: Uint8Array.of(MESSAGE_TYPE.ack) }
const VENDOR_CLASS = { PXEClient: Buffer.from('PXEClient'), HTTPClient: Buffer.from('HTTPClient') }
const ECHOED = [OPTION.clientIdentifier, OPTION.clientMachineIdentifier] as const

/**
 * A reply to a request, after RFC 2131 table 3 and PXE 2.1 section 2.2.3: a proxy gives no address (yiaddr 0) and no
 * lease. xid, flags, giaddr and chaddr are the client's; so are option 61 (RFC 6842), 97 (only if sent, else Intel's
 * old ROMs refuse the reply) and 82, which a relay wants back as the last option (RFC 3046 section 2.2).
 * A URL for HTTP boot goes into option 67, where EDK2 looks first, and into `file` too when it fits.
 */
export function replyTo(request: Packet, content: ReplyContent): Packet {
  const { type, serverAddress, vendorClass, file, vendorSpecific, ipxe } = content
  const options = new Map<number, Uint8Array>()
  options.set(OPTION.messageType, TYPE[type])
  options.set(OPTION.serverIdentifier, addressBytes(serverAddress))
  options.set(OPTION.vendorClass, VENDOR_CLASS[vendorClass])
  if (vendorSpecific) options.set(OPTION.vendorSpecific, vendorSpecific)
  const fits = file === null || file.length <= FILE_MAX
  if (file !== null && (!fits || vendorClass === 'HTTPClient')) {
    options.set(OPTION.bootFileName, Buffer.from(file, 'latin1'))
  }
  for (const code of ECHOED) {
    const sent = request.options.get(code)
    if (sent) options.set(code, sent)
  }
  if (ipxe) options.set(OPTION.ipxe, ipxe)
  const relay = request.options.get(OPTION.relayAgentInformation)
  if (relay) options.set(OPTION.relayAgentInformation, relay)
  return {
    op: BOOT_REPLY,
    htype: request.htype,
    hlen: request.hlen,
    hops: 0,
    xid: request.xid,
    secs: 0,
    flags: request.flags,
    ciaddr: type === 'ack' ? request.ciaddr : '0.0.0.0',
    yiaddr: '0.0.0.0',
    siaddr: serverAddress,
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    sname: '',
    file: fits ? (file ?? '') : '',
    options,
  }
}
