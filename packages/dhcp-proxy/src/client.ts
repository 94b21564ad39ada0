import { macText, uuidText } from './address.ts'
import type { BreaksRules } from './dhcp-reason.ts'
import { decodeOptions, IPXE_FEATURE, messageTypeName, OPTION } from './options.ts'
import { BOOT_REQUEST, type Packet } from './packet.ts'

/** What a machine that wants to boot from the network says of itself. Nothing of it is proven. */
export type Client = {
  /** `PXEClient` or `HTTPClient` (UEFI HTTP boot) at the start of option 60 */
  kind: 'pxe' | 'http'
  messageType: 'discover' | 'request' | 'inform'
  /** `52:54:00:aa:00:01` */
  mac: string
  /** the SMBIOS text form, or null when option 97 is absent, empty or of another type; may be a placeholder */
  uuid: string | null
  /** option 93, at least one number, the preferred first */
  archs: readonly number[]
  /** options 60 and 77, one character a byte */
  vendorClass: string
  userClasses: readonly string[]
  /** null for other firmware; `http` and `https` false also when iPXE did not say what it is able to do */
  ipxe: { http: boolean; https: boolean } | null
}

/**
 * A client, or why the packet is not answered; `netboot` tells a machine that wants to boot from the network and
 * breaks the rules (an operator wants to hear of it) from everybody else's DHCP (nobody does). `why` is the reason as
 * data; null where no machine could be told it. `messageType` is what was asked, null where nothing was.
 */
export type ClientReading =
  | { ok: true; value: Client }
  | { ok: false; netboot: false; reason: string; messageType: Client['messageType'] | null }
  | { ok: false; netboot: true; reason: string; messageType: Client['messageType']; why: BreaksRules | null }

const ETHERNET = 1
const TEXT_MAX = 255
const NO_CLASSES: readonly string[] = []
const ARCHS_MAX = 32
/** gPXE is iPXE's ancestor; it is in old NIC ROMs and on old USB sticks. */
const IPXE_USER_CLASSES = new Set(['iPXE', 'gPXE'])

/**
 * Reads a netboot client out of a packet, or says why this is none (a laptop's ordinary DHCP, a server's reply,
 * a broken ROM). The checks are those of RFC 4578 section 2 as far as firmware keeps them: option 94 is not asked
 * for, and Intel NIC ROMs were seen without option 97.
 */
export function readClient(packet: Packet): ClientReading {
  if (packet.op !== BOOT_REQUEST) return notOurs(`op is ${packet.op}, not a request`)
  const type = packet.options.get(OPTION.messageType)
  if (type?.length !== 1) return notOurs('option 53 (message type) is missing or not one byte')
  const messageType = messageTypeName(type[0]!)
  if (messageType !== 'discover' && messageType !== 'request' && messageType !== 'inform') {
    return notOurs(`message type ${messageType ?? type[0]} is not a question`)
  }
  const vendorClass = latin1(packet.options.get(OPTION.vendorClass))
  const kind = vendorClass.startsWith('PXEClient') ? 'pxe' : vendorClass.startsWith('HTTPClient') ? 'http' : null
  if (kind === null) return notOurs('option 60 starts neither with PXEClient nor with HTTPClient', messageType)
  const broken = (reason: string, why: BreaksRules | null): ClientReading => {
    return { ok: false, netboot: true, reason, messageType, why }
  }
  const { htype, hlen } = packet
  if (htype !== ETHERNET || hlen !== 6) {
    const why = { code: 'dhcp-hardware-type', slots: { type: htype, length: hlen } } as const
    return broken(`hardware type ${htype} with ${hlen} address bytes is not Ethernet`, why)
  }
  const mac = new Uint8Array(packet.chaddr.buffer, packet.chaddr.byteOffset, 6)
  if ((mac[0]! & 1) !== 0 || mac.every(isZero)) return broken(`${macText(mac)} is no machine's address`, null)

  const archField = packet.options.get(OPTION.clientArchitecture)
  if (!archField) return broken('option 93 (architecture) is missing', { code: 'dhcp-no-architecture', slots: {} })
  const wrongLength = (option: 93 | 97, { length }: Uint8Array) =>
    ({ code: 'dhcp-option-length', slots: { option, bytes: length } }) as const
  if (archField.length === 0 || archField.length % 2 !== 0 || archField.length > 2 * ARCHS_MAX) {
    const reason = `option 93 (architecture) has ${archField.length} bytes, not 2 for each of 1 to ${ARCHS_MAX} numbers`
    return broken(reason, wrongLength(OPTION.clientArchitecture, archField))
  }
  const archs: number[] = []
  for (let at = 0; at < archField.length; at += 2) archs.push(archField[at]! * 256 + archField[at + 1]!)

  const machine = packet.options.get(OPTION.clientMachineIdentifier)
  if (machine && machine.length !== 0 && machine.length !== 17) {
    const reason = `option 97 (machine identifier) has ${machine.length} bytes, not 0 or 17`
    return broken(reason, wrongLength(OPTION.clientMachineIdentifier, machine))
  }
  const userClasses = readUserClasses(packet.options.get(OPTION.userClass))
  return {
    ok: true,
    value: {
      kind,
      messageType,
      mac: macText(mac),
      uuid: machine?.length === 17 && machine[0] === 0 ? uuidText(machine.subarray(1)) : null,
      archs,
      vendorClass,
      userClasses,
      ipxe: readIpxe(packet.options.get(OPTION.ipxe), userClasses),
    },
  }
}

/**
 * RFC 3004 has a list of (length, text); iPXE and most scripts send the bare text. Read as a list only if the
 * lengths come out even, which no bare text of less than 33 characters does.
 */
function readUserClasses(field: Uint8Array | undefined): readonly string[] {
  if (!field || field.length === 0) return NO_CLASSES
  const classes: string[] = []
  let at = 0
  while (at < field.length && field[at]! > 0) {
    classes.push(latin1(field.subarray(at + 1, at + 1 + field[at]!)))
    at += 1 + field[at]!
  }
  return at === field.length ? classes : [latin1(field)]
}

function readIpxe(field: Uint8Array | undefined, userClasses: readonly string[]): Client['ipxe'] {
  if (!field) return userClasses.some((name) => IPXE_USER_CLASSES.has(name)) ? { http: false, https: false } : null
  const features = decodeOptions([field])
  const has = (code: number) => features.ok && (features.value.get(code)?.some((byte) => byte !== 0) ?? false)
  return { http: has(IPXE_FEATURE.http), https: has(IPXE_FEATURE.https) }
}

/** Number in option 93 by which a Raspberry Pi's boot ROM ought to call itself ("rpiboot"). */
const RASPBERRY_PI_BOOT = 41

/** First three bytes of the addresses of Raspberry Pi's NICs (IEEE registry: Foundation and Trading). */
const RASPBERRY_PI_MACS = new Set(['b8:27:eb', 'dc:a6:32', 'e4:5f:01', '28:cd:c1', 'd8:3a:dd', '2c:cf:67', '88:a2:9e'])

const X86_BIOS = 0

/**
 * Whether the boot ROM of a Raspberry Pi speaks. All models up to the 5 say `PXEClient:Arch:00000:UNDI:002001` and
 * architecture 0, as an x86 BIOS does, so only the address tells them. UEFI or iPXE on a Pi says 11, and is none.
 */
export function isRaspberryPi({ archs, mac, ipxe, kind }: Client): boolean {
  if (ipxe !== null || kind !== 'pxe') return false
  const code = archs[0]
  return code === RASPBERRY_PI_BOOT || (code === X86_BIOS && RASPBERRY_PI_MACS.has(mac.slice(0, 8)))
}

/** The numbers of option 93, but a Raspberry Pi's ROM by its true one. */
export function architecturesOf(client: Client): readonly number[] {
  return isRaspberryPi(client) ? [RASPBERRY_PI_BOOT] : client.archs
}

/** Latin-1 text with every byte that is no printable ASCII as a dot, at most 255 characters. */
export function printable(text: string): string {
  return text.slice(0, TEXT_MAX).replace(/[^\x20-\x7e]/g, '.')
}

function latin1(bytes: Uint8Array | undefined): string {
  if (!bytes) return ''
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, TEXT_MAX)).toString('latin1')
}

function isZero(byte: number): boolean {
  return byte === 0
}

function notOurs(reason: string, messageType: Client['messageType'] | null = null): ClientReading {
  return { ok: false, netboot: false, reason, messageType }
}
