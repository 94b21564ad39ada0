import { ProblemError } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { canonicalUuid, type NormalIdentity, normaliseSerial } from './identity.ts'

/** The serials and UUIDs that many machines of this site share, as a person wrote them. */
export async function sharedIdentifiers(db: Db): Promise<string[]> {
  const site = await db.site.findFirst({ select: { sharedIdentifiers: true } })
  return site?.sharedIdentifiers ?? []
}

/** PURE: an identity without what many machines of the site share: that identifies none, as a placeholder does not. */
export function withoutShared(identity: NormalIdentity, shared: string[]): NormalIdentity {
  const { serial, serialShown, uuid, uuidTwin, ...rest } = identity
  const keepsSerial = serial !== undefined && !isShared(serial, shared)
  const keepsUuid = uuid !== undefined && !isShared(canonicalUuid(uuid), shared)
  return {
    ...rest,
    ...(keepsSerial ? { serial, ...(serialShown === undefined ? {} : { serialShown }) } : {}),
    ...(keepsUuid ? { uuid, ...(uuidTwin === undefined ? {} : { uuidTwin }) } : {}),
  }
}

/** PURE: what stands on the list, as the value of a serial and as that of a UUID: it may be either. */
export const asCompared = (shared: string): [serial: string, uuid: string] => [
  normaliseSerial(shared),
  canonicalUuid(shared.trim().toLowerCase()),
]

/** @param value as it is compared: normalised, of a UUID the canonical one */
const isShared = (value: string, shared: string[]) => shared.some((each) => asCompared(each).includes(value))

/**
 * PURE.
 * @param shared see sharedIdentifiers
 * @throws ProblemError invalid-input for an identifier by which a person wants to know one machine, and many have it
 */
export function refuseShared(
  shared: string[],
  identifiers: readonly { kind: 'serial' | 'uuid' | 'mac'; value: string; shown: string }[],
): void {
  for (const { kind, value, shown } of identifiers) {
    if (kind === 'mac' || !isShared(value, shared)) continue
    const message = `${shown} is on the site’s list of shared identifiers; it cannot identify one machine`
    throw new ProblemError('invalid-input', `body.${kind}: ${message}.`, [{ path: `body.${kind}`, message }])
  }
}
