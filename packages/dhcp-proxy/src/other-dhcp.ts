import { macText } from './address.ts'
import { printable } from './client.ts'
import { type MessageTypeName, messageTypeName, OPTION } from './options.ts'
import { addressIn, BOOT_REPLY, type Packet } from './packet.ts'
import { RateLimit } from './rate-limit.ts'

/** A packet that is no question to us and yet tells of another DHCP server. Texts as in a sighting. */
export type OtherDhcp = {
  /** the machine that the packet is from or for */
  mac: string
  messageType: MessageTypeName | null
  /** option 54: the server that the machine chose, or that speaks */
  serverIdentifier: string | null
  /** true: a server's own reply, seen on our port; with vendor class `PXEClient` from a second ProxyDHCP */
  reply: boolean
  vendorClass: string | null
  /** source address of the datagram */
  from: string
}

/** Told of one server at most once a second, and of that many servers in all: whoever forges packets fills no log. */
const SERVERS_PER_SECOND = 50
const SERVERS_REMEMBERED = 256

/** Reads it from a packet that is not a netboot client's; null when it tells nothing. `ours` is our address. */
export function readOther(packet: Packet, from: string, ours: string): OtherDhcp | null {
  const serverIdentifier = addressIn(packet, OPTION.serverIdentifier)
  const reply = packet.op === BOOT_REPLY
  if (serverIdentifier === ours || (serverIdentifier === null && !reply)) return null
  if (reply && from === ours) return null
  const vendorClass = packet.options.get(OPTION.vendorClass)
  return {
    mac: macText(packet.chaddr.subarray(0, 6)),
    messageType: messageTypeName(packet.options.get(OPTION.messageType)?.[0] ?? 0),
    serverIdentifier,
    reply,
    vendorClass: vendorClass ? printable(Buffer.from(vendorClass).toString('latin1')) : null,
    from,
  }
}

/** Passes on what may be told now. */
export class OthersHeard {
  readonly #servers = new RateLimit(1, SERVERS_REMEMBERED)
  readonly #all = new RateLimit(SERVERS_PER_SECOND, 1)

  /** @param now milliseconds of a steady clock */
  allow(other: OtherDhcp, now: number): boolean {
    const server = `${other.serverIdentifier ?? other.from} ${other.reply}`
    return this.#servers.allow(server, now) && this.#all.allow('', now)
  }
}
