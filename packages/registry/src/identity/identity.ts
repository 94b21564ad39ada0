import {
  isPlaceholderMac,
  isPlaceholderManufacturer,
  isPlaceholderSerial,
  isPlaceholderUuid,
  type MachineIdentity,
} from '@eims/contracts'

/** What is left of a MachineIdentity when everything that identifies nothing is taken away. */
export interface NormalIdentity {
  /** lower case, inner spaces single, NFKC: what is compared */
  serial?: string
  /** the same as the vendor writes it */
  serialShown?: string
  uuid?: string
  /** `uuid` with its first three groups in the other byte order: the same machine */
  uuidTwin?: string
  macs: string[]
  /** what is left of the vendor's name when its legal form is taken away; undefined when unknown */
  manufacturer?: string
  /** the same as the machine says it */
  manufacturerShown?: string
}

/** A machine's own words, without placeholders, in the form in which they are compared. */
export function normaliseIdentity(identity: MachineIdentity): NormalIdentity {
  const normal: NormalIdentity = { macs: usableMacs(identity.macs) }
  if (identity.serial !== undefined && !isPlaceholderSerial(identity.serial)) {
    normal.serial = normaliseSerial(identity.serial)
    normal.serialShown = identity.serial.trim()
  }
  const uuid = identity.uuid?.toLowerCase()
  if (uuid !== undefined && !isPlaceholderUuid(uuid) && !isPlaceholderUuid(uuidTwin(uuid))) {
    normal.uuid = uuid
    normal.uuidTwin = uuidTwin(uuid)
  }
  const manufacturer = normaliseManufacturer(identity.manufacturer)
  if (manufacturer !== undefined) {
    normal.manufacturer = manufacturer
    normal.manufacturerShown = identity.manufacturer ?? manufacturer
  }
  return normal
}

function usableMacs(macs: string[]): string[] {
  return [...new Set(macs.map((mac) => mac.toLowerCase()))].filter((mac) => !isPlaceholderMac(mac))
}

/**
 * PURE: a serial as it is compared, the same for firmware, agents, files and people: `Ä` is one letter however it is
 * composed, and full-width digits are digits (NFKC).
 */
export function normaliseSerial(serial: string): string {
  return serial.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
}

/**
 * SMBIOS 2.6 (7.2.1) says that the first three groups are little-endian; older firmware and some PXE ROMs
 * send them big-endian. 00112233-4455-6677-… and 33221100-5544-7766-… are therefore one machine.
 */
export function uuidTwin(uuid: string): string {
  const turned = (group: string) => (group.match(/../g) ?? []).reverse().join('')
  return uuid.replace(/^(.{8})-(.{4})-(.{4})/, (_, a: string, b: string, c: string) => [a, b, c].map(turned).join('-'))
}

/** Which of a UUID and its twin the database holds: a unique index sees both as one. */
export function canonicalUuid(uuid: string): string {
  const twin = uuidTwin(uuid)
  return twin < uuid ? twin : uuid
}

const legalForms =
  /\b(incorporated|inc|corporation|corp|company|co|limited|ltd|gmbh|ag|llc|sa|bv|kk|computer|computers|technology|technologies|international)\b/g
const otherNames: Record<string, string> = {
  'hewlett packard': 'hp',
  'hewlett packard enterprise': 'hp',
  hpe: 'hp',
  'super micro': 'supermicro',
  asustek: 'asus',
  'giga byte': 'gigabyte',
}

/** A vendor's name for comparing: `Dell Inc.` and `DELL` are one, so are HP's three. Undefined when it is a placeholder. */
export function normaliseManufacturer(manufacturer: string | null | undefined): string | undefined {
  if (!manufacturer || isPlaceholderManufacturer(manufacturer)) return undefined
  const words = manufacturer
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .replace(legalForms, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return words === '' ? manufacturer.toLowerCase() : (otherNames[words] ?? words)
}

/** Whether two serials of these makers can be told apart by the maker: only when both are known. */
export function differentMakers(one: string | null | undefined, other: string | null | undefined): boolean {
  const [a, b] = [normaliseManufacturer(one), normaliseManufacturer(other)]
  return a !== undefined && b !== undefined && a !== b
}
