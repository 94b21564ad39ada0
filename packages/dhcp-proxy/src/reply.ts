import { addressBytes, isUnicast, NO_ADDRESS } from './address.ts'
import { chooseBootFile } from './boot-files.ts'
import { type BootStep, bootStepOf, type Facts, type Listener, listenerOf, takesTrust } from './boot-step.ts'
import type { Client } from './client.ts'
import type { AnyReason, DhcpReason, HttpsOnly, NotForUs } from './dhcp-reason.ts'
import { encodeOptions, IPXE_SETTING, MESSAGE_TYPE, OPTION, PXE_BOOT_FILE_IN_OFFER, PXE_SUBOPTION } from './options.ts'
import { addressIn, BOOT_REPLY, encodedLength, FILE_MAX, type Packet } from './packet.ts'
import type { Settings } from './settings.ts'

/** The two ports of a ProxyDHCP: DHCP's own, and the PXE boot server's (PXE 2.1 section 2.2.3). */
export type ServerPort = 67 | 4011

/** A packet in which a netboot client was read, and how it came in. */
export type Heard = { packet: Packet; client: Client; port: ServerPort; from: Endpoint }

export type Endpoint = { address: string; port: number }

/** `R`: the reasons of the caller's own gate. */
export type Decision<R = AnyReason> =
  | {
      kind: 'reply'
      message: Packet
      to: Endpoint
      step: Step
      file: string | null
      /** why, when `step` is `denied` */
      reason: R | HttpsOnly | null
    }
  | { kind: 'ignore'; reason: DhcpReason<R> }

/** What a machine is told; `ask-4011`: an offer without a file, upon which EDK2 asks again on port 4011. */
export type Step = 'ask-4011' | Extract<BootStep, { ok: true }>['step']

const BROADCAST = '255.255.255.255'
const SERVER_PORT = 67
const CLIENT_PORT = 68
/** RFC 2132 section 9.10: what a client takes that says nothing, and IP and UDP headers within. */
const LEAST_DATAGRAM = 576
const HEADERS = 28
/** An Ethernet frame: boot ROMs put no fragments together. */
const LARGEST_DATAGRAM = 1500

/**
 * What to answer to a netboot client, and where to. Pure, and never throws for what a client sends;
 * `settings` are those that `settingsProblem` finds nothing wrong with.
 */
export function decide<R>({ packet, client, port, from }: Heard, settings: Settings, facts: Facts<R>): Decision<R> {
  const type = replyType(packet, client, port, settings.serverAddress)
  if (typeof type !== 'string') return type
  const to = destination(packet, port, from)
  if ('kind' in to) return to
  const choice = chooseBootFile(client, settings.bootFiles ?? [], facts.bootFile)
  const next = bootStepOf(client, settings, choice, facts)
  if (!next.ok) return { kind: 'ignore', reason: next.reason }

  const listener = listenerOf(client, settings, choice.code)
  const pointer = type === 'offer' && listener === 'uefi'
  const file = pointer ? null : next.file
  const { trust } = settings
  const message = replyTo(packet, {
    type,
    serverAddress: settings.serverAddress,
    vendorClass: listener === 'http' ? 'HTTPClient' : 'PXEClient',
    file,
    vendorSpecific: vendorSpecific(listener),
    ipxe: trust && takesTrust(listener, choice.code) ? encodeOptions(new Map([[IPXE_SETTING.trust, trust]])) : null,
  })
  const [bytes, room] = [encodedLength(message), largestReply(packet)]
  if (bytes > room) {
    const url = next.step === 'script' ? 'script' : 'boot'
    return ignore({ code: 'dhcp-reply-too-large', slots: { bytes, room, url } })
  }
  const { reason } = next
  return { kind: 'reply', message, to, step: pointer ? 'ask-4011' : next.step, file, reason: pointer ? null : reason }
}

/**
 * Firmware of plain UEFI gets neither file nor option 43 in the offer: seen with EDK2 (OVMF), which takes an offer
 * with option 43 for one of boot-server lists and drops it, and asks on 4011 when there is nothing at all.
 * BIOS ROMs get the file with PXE_DISCOVERY_CONTROL 8 (what smee and pixiecore do; by the specification they then
 * skip boot-server discovery). That an Intel ROM which comes to 4011 all the same takes the same answer there is a
 * guess: no such ROM was at hand. iPXE needs no option 43 to take a file from the offer (seen on BIOS and UEFI).
 */
function vendorSpecific(listener: Listener): Uint8Array | null {
  if (listener === 'rom') return LOAD_AT_ONCE
  return listener === 'raspberry-pi' ? RASPBERRY_PI_MENU : null
}

function replyType(packet: Packet, client: Client, port: ServerPort, ours: string): 'offer' | 'ack' | Ignored {
  if (port === 4011) {
    // Whoever asks here was pointed here. Option 54 is not compared: firmware that repeats the request it sent to
    // the site's DHCP server names that one.
    return client.messageType === 'discover' ? ignore({ code: 'dhcp-discover-on-4011', slots: {} }) : 'ack'
  }
  if (client.messageType === 'discover') return 'offer'
  if (client.messageType === 'inform') return ignore({ code: 'dhcp-inform', slots: {} })
  const server = addressIn(packet, OPTION.serverIdentifier)
  if (server === null) return ignore({ code: 'dhcp-no-server-named', slots: {} })
  return server === ours ? 'ack' : ignore({ code: 'dhcp-other-server', slots: { server } })
}

/**
 * RFC 2131 section 4.1 without its last cases: yiaddr is 0, so what has no address is answered by broadcast.
 * On 4011 it is the sender's port that counts: EDK2 asks from 4011 and listens there.
 */
function destination(packet: Packet, port: ServerPort, from: Endpoint): Endpoint | Ignored {
  if (from.port === 0) return ignore({ code: 'dhcp-from-port-0', slots: {} })
  if (port === 4011) {
    if (from.address === NO_ADDRESS) return { address: BROADCAST, port: from.port }
    return isUnicast(from.address) ? from : noHost('source', from.address)
  }
  const { giaddr, ciaddr } = packet
  if (giaddr !== NO_ADDRESS)
    return isUnicast(giaddr) ? { address: giaddr, port: SERVER_PORT } : noHost('giaddr', giaddr)
  if (ciaddr !== NO_ADDRESS)
    return isUnicast(ciaddr) ? { address: ciaddr, port: CLIENT_PORT } : noHost('ciaddr', ciaddr)
  return { address: BROADCAST, port: CLIENT_PORT }
}

function largestReply(packet: Packet): number {
  const field = packet.options.get(OPTION.maxMessageSize)
  const said = field?.length === 2 ? field[0]! * 256 + field[1]! : 0
  return Math.min(Math.max(said, LEAST_DATAGRAM), LARGEST_DATAGRAM) - HEADERS
}

type Ignored = { kind: 'ignore'; reason: NotForUs }

function ignore(reason: NotForUs): Ignored {
  return { kind: 'ignore', reason }
}

function noHost(field: 'source' | 'giaddr' | 'ciaddr', address: string): Ignored {
  return ignore({ code: 'dhcp-no-host', slots: { field, address } })
}

/** What a reply says beyond what every reply of a ProxyDHCP carries. */
type ReplyContent = {
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
const LOAD_AT_ONCE = encodeOptions(new Map([[PXE_SUBOPTION.discoveryControl, Uint8Array.of(PXE_BOOT_FILE_IN_OFFER)]]))

/**
 * What a Raspberry Pi's ROM looks for besides: a boot menu with this one entry (type 0, length, text), and a prompt
 * (time-out 0, text); without them it drops the offer.
 */
const RASPBERRY_PI_MENU = encodeOptions(
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
function replyTo(request: Packet, content: ReplyContent): Packet {
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
