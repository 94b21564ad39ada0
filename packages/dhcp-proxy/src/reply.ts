import { addressBytes } from './address.ts'
import { encodeOptions } from './option-area.ts'
import { MESSAGE_TYPE, OPTION, PXE_BOOT_FILE_IN_OFFER, PXE_SUBOPTION } from './options.ts'
import { BOOT_REPLY, FILE_MAX, type Packet } from './packet.ts'

/** What a reply says beyond what every reply of a ProxyDHCP carries. */
export type ReplyContent = {
  type: 'offer' | 'ack'
  serverAddress: string
  /** boot file; null leaves the field empty: "ask me on port 4011" */
  file: string | null
  /** tells a PXE ROM to load that file at once instead of looking for boot servers */
  bootFileInOffer: boolean
}

/**
 * A reply to a request, after RFC 2131 table 3 and PXE 2.1 section 2.2.3: a proxy gives no address (yiaddr 0) and no
 * lease. xid, flags, giaddr and chaddr are the client's; so are option 61 (RFC 6842), 97 (only if sent, else Intel's
 * old ROMs refuse the reply) and 82, which a relay wants back as the last option (RFC 3046 section 2.2).
 */
export function replyTo(request: Packet, { type, serverAddress, file, bootFileInOffer }: ReplyContent): Packet {
  const options = new Map<number, Uint8Array>()
  options.set(OPTION.messageType, Uint8Array.of(MESSAGE_TYPE[type]))
  options.set(OPTION.serverIdentifier, addressBytes(serverAddress))
  options.set(OPTION.vendorClass, Buffer.from('PXEClient'))
  if (bootFileInOffer) {
    const control = new Map([[PXE_SUBOPTION.discoveryControl, Uint8Array.of(PXE_BOOT_FILE_IN_OFFER)]])
    options.set(OPTION.vendorSpecific, encodeOptions(control))
  }
  const fits = file === null || file.length <= FILE_MAX
  if (!fits) options.set(OPTION.bootFileName, Buffer.from(file, 'latin1'))
  for (const code of [OPTION.clientIdentifier, OPTION.clientMachineIdentifier, OPTION.relayAgentInformation]) {
    const sent = request.options.get(code)
    if (sent) options.set(code, sent)
  }
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
