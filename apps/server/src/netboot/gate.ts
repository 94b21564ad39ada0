import type { NetbootPolicy, Reason } from '@eims/contracts'
import { canonicalUuid, type NetbootException } from '@eims/registry'

/** Whether a machine may boot from the network: the one answer that DHCP, TFTP and HTTP act upon. */
export type Gate = { policy: 'allowed' } | { policy: 'denied'; reason: Reason } | { policy: 'local'; reason: Reason }

const ALLOWED: Gate = { policy: 'allowed' }
const REMEMBERED = 4096
const STRICTNESS: Record<NetbootPolicy, number> = { allowed: 0, local: 1, denied: 2 }

/**
 * The nodes that are answered otherwise, at hand without asking anybody. It holds what it was told last, also while the
 * database is away.
 */
export class NetbootGate {
  #byMac = new Map<string, NetbootException>()
  #byUuid = new Map<string, NetbootException>()
  #guards = false
  /** TFTP and HTTP know a machine by its MAC only, which its node may not have on record yet */
  readonly #uuidOfMac = new Map<string, string>()

  /** Takes the place of all that was known, at once. */
  replace(exceptions: readonly NetbootException[]): void {
    const pairs = (key: 'macs' | 'uuids') =>
      exceptions.flatMap((exception) => exception[key].map((value) => [value, exception] as const))
    this.#byMac = new Map(pairs('macs'))
    this.#byUuid = new Map(pairs('uuids'))
    this.#guards = exceptions.some(({ policy }) => policy !== 'allowed')
  }

  /** Whether any machine is kept from booting: as long as none is, nobody need find out whose an address is. */
  get guards(): boolean {
    return this.#guards
  }

  /**
   * The node that a machine is answered as. One whose MAC and UUID belong to two nodes is answered as the one of them
   * that may less; of two alike, as the one of its MAC.
   * @param mac `52:54:00:aa:00:01`; @param uuid in SMBIOS text form, either byte order
   */
  find(mac: string | null, uuid: string | null = null): NetbootException | null {
    const byMac = mac === null ? undefined : this.#byMac.get(mac)
    const known = uuid === null ? this.#uuidOfMac.get(mac ?? '') : canonicalUuid(uuid.toLowerCase())
    const byUuid = known === undefined ? undefined : this.#byUuid.get(known)
    if (byUuid && mac !== null && uuid !== null) this.#remember(mac, canonicalUuid(uuid.toLowerCase()))
    if (!byMac || !byUuid) return byMac ?? byUuid ?? null
    return STRICTNESS[byUuid.policy] > STRICTNESS[byMac.policy] ? byUuid : byMac
  }

  #remember(mac: string, uuid: string): void {
    this.#uuidOfMac.delete(mac)
    this.#uuidOfMac.set(mac, uuid)
    if (this.#uuidOfMac.size > REMEMBERED)
      for (const oldest of this.#uuidOfMac.keys()) return void this.#uuidOfMac.delete(oldest)
  }

  /** What the machine is allowed, and why no more. */
  of(mac: string | null, uuid: string | null = null): Gate {
    return gateOf(this.find(mac, uuid))
  }
}

/** The gate of one node; of a machine that is none (null) it is open. */
export function gateOf(node: Pick<NetbootException, 'name' | 'policy'> | null): Gate {
  switch (node?.policy) {
    case 'denied':
      return { policy: 'denied', reason: { code: 'netboot-denied', slots: { node: node.name } } }
    case 'local':
      return { policy: 'local', reason: { code: 'netboot-local', slots: { node: node.name } } }
    default:
      return ALLOWED
  }
}

/** The stricter of two, as where a machine says another MAC than the one that its address belongs to. */
export function strictest(one: Gate, other: Gate): Gate {
  return STRICTNESS[other.policy] > STRICTNESS[one.policy] ? other : one
}
