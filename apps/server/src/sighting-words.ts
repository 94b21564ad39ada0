import { type NewEvent, NO_REASON, type Reason, say } from '@eims/contracts'
import { bootArchitecture, type Drop, type Sighting } from '@eims/dhcp-proxy'

/** One netboot client heard once, as an event for its timeline. */
export function sightingEvent(sighting: Sighting<Reason>): NewEvent {
  return {
    kind: sighting.messageType === 'discover' ? 'dhcp.discover' : 'dhcp.request',
    mac: sighting.mac,
    message: `${questionOf(sighting)}: ${answerOf(sighting)}`,
    // What a program reads stands here: a machine says its user class itself, and with it a part of the message.
    data: sighting,
  }
}

/** A packet of a machine that came to nothing, as an event for its timeline. */
export function dropEvent(drop: Drop): NewEvent {
  const { mac, ...data } = drop
  return { kind: 'dhcp.dropped', mac, message: `${packetOf(drop)}: not answered, ${say(drop.reason)}`, data }
}

/** PURE: of a packet that came to nothing, what it was: `DISCOVER on port 67`. */
export const packetOf = ({ messageType, port }: Pick<Drop, 'messageType' | 'port'>): string =>
  `${messageType?.toUpperCase() ?? 'DHCP packet'} on port ${port}`

/** PURE: what a netboot client asked: `DISCOVER on port 67 from x64 UEFI`; iPXE goes by its user class. */
export function questionOf({
  messageType,
  port,
  userClass,
  archs,
}: Pick<Sighting, 'messageType' | 'port' | 'userClass' | 'archs'>): string {
  const firmware = archs.map((arch) => bootArchitecture(arch)?.name ?? `architecture ${arch}`).join(', ')
  return `${messageType.toUpperCase()} on port ${port} from ${userClass ?? firmware}`
}

/** What a sighting says of the answer; in one of the timeline nothing of it is certain. */
export interface Answer {
  step?: Sighting['step'] | undefined
  file?: string | null | undefined
  reason?: Reason | null | undefined
}

/** PURE: what a netboot client was answered: `sent the script http://…`, `ignored: the REQUEST is for the server …`. */
export function answerOf({ step, file, reason }: Answer): string {
  switch (step) {
    case 'ask-4011':
      return 'offered to answer on port 4011'
    case 'firmware':
      return `sent the boot file ${file}`
    case 'chain':
      return `sent ${file} in place of its own iPXE`
    case 'script':
      return `sent the script ${file}`
    case 'http':
      return `sent the URL ${file}`
    case 'denied':
      return `denied: ${reason ? say(reason) : NO_REASON}; sent ${file}`
    default:
      return `ignored: ${reason ? say(reason) : NO_REASON}`
  }
}
