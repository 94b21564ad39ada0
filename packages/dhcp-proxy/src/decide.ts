import { addressText, isUnicast, NO_ADDRESS } from './address.ts'
import type { Client } from './client.ts'
import { type Facts, type Listener, listenerOf, rungOf, takesTrust } from './ladder.ts'
import { encodeOptions } from './option-area.ts'
import { IPXE_SETTING, OPTION } from './options.ts'
import { encodedLength, type Packet } from './packet.ts'
import { LOAD_AT_ONCE, RASPBERRY_PI_MENU, replyTo } from './reply.ts'
import type { Settings } from './settings.ts'

/** The two doors of a ProxyDHCP: DHCP's own, and the PXE boot server's (PXE 2.1 section 2.2.3). */
export type Door = 67 | 4011

/** A packet in which a netboot client was read, and how it came in. */
export type Heard = { packet: Packet; client: Client; door: Door; from: { address: string; port: number } }

export type Decision =
  | {
      kind: 'reply'
      message: Packet
      to: { address: string; port: number }
      step: Step
      file: string | null
      /** why, when `step` is `denied` */
      reason: string | null
    }
  | { kind: 'ignore'; reason: string }

/**
 * `ask-4011`: an offer without a file, upon which EDK2 asks again on port 4011. `http`: the URL of a binary.
 * `denied`: a file name that says why.
 */
export type Step = 'ask-4011' | 'firmware' | 'chain' | 'script' | 'http' | 'denied'

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
export function decide({ packet, client, door, from }: Heard, settings: Settings, facts: Facts): Decision {
  const type = replyType(packet, client, door, settings.serverAddress)
  if (typeof type !== 'string') return type
  const to = destination(packet, door, from)
  if (typeof to === 'string') return ignore(to)
  const rung = rungOf(client, settings, facts)
  if (!rung.ok) return ignore(rung.reason)

  const listener = listenerOf(client, settings)
  const pointer = type === 'offer' && listener === 'uefi'
  const file = pointer ? null : rung.file
  const { trust } = settings
  const message = replyTo(packet, {
    type,
    serverAddress: settings.serverAddress,
    vendorClass: listener === 'http' ? 'HTTPClient' : 'PXEClient',
    file,
    vendorSpecific: vendorSpecific(listener),
    ipxe: trust && takesTrust(client, listener) ? encodeOptions(new Map([[IPXE_SETTING.trust, trust]])) : null,
  })
  const room = largestReply(packet)
  if (encodedLength(message) > room) {
    return ignore(
      `the reply has ${encodedLength(message)} bytes and the client takes ${room}; shorten the ${rung.step === 'script' ? 'script' : 'boot'} URL`,
    )
  }
  const { reason } = rung
  return { kind: 'reply', message, to, step: pointer ? 'ask-4011' : rung.step, file, reason: pointer ? null : reason }
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

function replyType(packet: Packet, client: Client, door: Door, serverAddress: string): 'offer' | 'ack' | Decision {
  if (door === 4011) {
    // Whoever asks here was pointed here. Option 54 is not compared: firmware that repeats the request it sent to
    // the site's DHCP server names that one.
    return client.messageType === 'discover' ? ignore('a DISCOVER belongs on port 67, not on 4011') : 'ack'
  }
  if (client.messageType === 'discover') return 'offer'
  if (client.messageType === 'inform') return ignore('an INFORM on port 67 is for the DHCP server of the site')
  const named = packet.options.get(OPTION.serverIdentifier)
  if (named?.length !== 4) return ignore('a REQUEST that names no server (option 54) is for the one that leased')
  const server = addressText(named)
  return server === serverAddress ? 'ack' : ignore(`the REQUEST is for the server ${server}`)
}

/**
 * RFC 2131 section 4.1 without its last cases: yiaddr is 0, so what has no address is answered by broadcast.
 * On 4011 it is the sender's port that counts: EDK2 asks from 4011 and listens there.
 */
function destination(packet: Packet, door: Door, from: Heard['from']): { address: string; port: number } | string {
  if (from.port === 0) return 'it was sent from port 0, which takes no reply'
  if (door === 4011) {
    if (from.address === NO_ADDRESS) return { address: BROADCAST, port: from.port }
    return isUnicast(from.address) ? from : `source address ${from.address} is not of one host`
  }
  for (const [field, port] of [
    ['giaddr', SERVER_PORT],
    ['ciaddr', CLIENT_PORT],
  ] as const) {
    const address = packet[field]
    if (address === NO_ADDRESS) continue
    return isUnicast(address) ? { address, port } : `${field} ${address} is not the address of one host`
  }
  return { address: BROADCAST, port: CLIENT_PORT }
}

function largestReply(packet: Packet): number {
  const field = packet.options.get(OPTION.maxMessageSize)
  const said = field?.length === 2 ? field[0]! * 256 + field[1]! : 0
  return Math.min(Math.max(said, LEAST_DATAGRAM), LARGEST_DATAGRAM) - HEADERS
}

function ignore(reason: string): { kind: 'ignore'; reason: string } {
  return { kind: 'ignore', reason }
}
