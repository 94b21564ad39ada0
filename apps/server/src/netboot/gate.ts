import type { Judgement } from '@eims/contracts'
import { canonicalUuid, type NetbootException } from '@eims/registry'
import { closedTo, strictest } from '@eims/workflow'

const REMEMBERED = 4096

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
    this.#guards = exceptions.some((exception) => closedTo(exception) !== null)
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
    const closed = closedTo(byUuid)
    return closed !== null && strictest(closedTo(byMac), closed) === closed ? byUuid : byMac
  }

  /** Whether one of these belongs to a node that is answered otherwise. */
  knows(macs: readonly string[], uuid: string | null): boolean {
    return macs.some((mac) => this.#byMac.has(mac)) || (uuid !== null && this.#byUuid.has(canonicalUuid(uuid)))
  }

  /** A NewestMap written out: whoever follows a packet has one file less to read. */
  #remember(mac: string, uuid: string): void {
    this.#uuidOfMac.delete(mac)
    this.#uuidOfMac.set(mac, uuid)
    const [oldest] = this.#uuidOfMac.keys()
    if (this.#uuidOfMac.size > REMEMBERED) this.#uuidOfMac.delete(oldest as string)
  }

  /** What keeps the machine from booting from the network, as the judge says of its node; null: nothing. */
  of(mac: string | null, uuid: string | null = null): Judgement | null {
    const node = this.find(mac, uuid)
    return node && closedTo(node)
  }
}
