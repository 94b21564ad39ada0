import { addressText, NO_ADDRESS } from './address.ts'
import type { Client } from './client.ts'
import type { Decision, Door, Heard, Step } from './decide.ts'
import { OPTION } from './options.ts'
import type { Packet } from './packet.ts'

/** One netboot client, heard once. Texts are printable ASCII of at most 255 characters; addresses null when unset. */
export type Sighting = {
  mac: string
  uuid: string | null
  archs: readonly number[]
  vendorClass: string
  userClass: string | null
  messageType: Client['messageType']
  port: Door
  /** option 54 of a REQUEST: the server whose offer the machine took */
  serverIdentifier: string | null
  /** option 50: the address that it asks that server for */
  requestedAddress: string | null
  /** the address that it has */
  ciaddr: string | null
  /** the relay that passed it on */
  giaddr: string | null
  /** seconds for which it has been trying, as it says; some firmware counts otherwise */
  secs: number
  outcome: Decision['kind']
  /** null when ignored */
  step: Step | null
  /** the file, script or URL that the machine was told */
  file: string | null
  /** why it was ignored or denied */
  reason: string | null
  /** for a person: `sent the script http://…`, `ignored: the REQUEST is for the server 192.168.77.2` */
  decision: string
}

const TEXT_MAX = 255

/** What is told of a client that was heard and of what came of it. */
export function sightingOf({ packet, client, door }: Heard, decision: Decision): Sighting {
  return {
    mac: client.mac,
    uuid: client.uuid,
    archs: client.archs,
    vendorClass: printable(client.vendorClass),
    userClass: client.userClasses.length > 0 ? printable(client.userClasses.join(', ')) : null,
    messageType: client.messageType,
    port: door,
    serverIdentifier: addressIn(packet, OPTION.serverIdentifier),
    requestedAddress: addressIn(packet, OPTION.requestedAddress),
    ciaddr: packet.ciaddr === NO_ADDRESS ? null : packet.ciaddr,
    giaddr: packet.giaddr === NO_ADDRESS ? null : packet.giaddr,
    secs: packet.secs,
    outcome: decision.kind,
    step: decision.kind === 'reply' ? decision.step : null,
    file: decision.kind === 'reply' ? decision.file : null,
    reason: decision.reason,
    decision: inWords(decision),
  }
}

/** The address in an option of four bytes, or null. */
export function addressIn(packet: Packet, code: number): string | null {
  const value = packet.options.get(code)
  return value?.length === 4 ? addressText(value) : null
}

/** Latin-1 text with every byte that is no printable ASCII as a dot. */
export function printable(text: string): string {
  return text.slice(0, TEXT_MAX).replace(/[^\x20-\x7e]/g, '.')
}

function inWords(decision: Decision): string {
  if (decision.kind === 'ignore') return `ignored: ${decision.reason}`
  switch (decision.step) {
    case 'ask-4011':
      return 'offered to answer on port 4011'
    case 'firmware':
      return `sent the boot file ${decision.file}`
    case 'chain':
      return `sent ${decision.file} in place of its own iPXE`
    case 'script':
      return `sent the script ${decision.file}`
    case 'http':
      return `sent the URL ${decision.file}`
    case 'denied':
      return `denied: ${decision.reason}; sent ${decision.file}`
  }
}
