import { BatchInput, type ConfigLevel, ProfileInput, type Role } from '@eims/contracts'
import { readTagged, server, type Tagged, unchangedSince } from '../server/client.ts'

/** What carries a config-file, as far as it matters here. */
export interface Carrier {
  /** null: the site */
  id: string | null
  name: string
  /** secrets as ***; '' is none */
  text: string
}

/** Who may change the config-file of each. */
export const mayChange: Readonly<Record<ConfigLevel, Role>> = {
  site: 'admin',
  profile: 'admin',
  batch: 'operator',
  node: 'operator',
}

/** Reads one of them, by its id or name. */
export async function readCarrier(level: ConfigLevel, name: string): Promise<Tagged<Carrier>> {
  const params = { id: name }
  const read = {
    site: () => readTagged('getSite', {}),
    batch: () => readTagged('getBatch', { params }),
    profile: () => readTagged('getProfile', { params }),
    node: () => readTagged('getNode', { params }),
  }
  const { value, tag } = await read[level]()
  return { value: { id: level === 'site' ? null : value.id, name: value.name, text: value.config ?? '' }, tag }
}

/** What of a reply goes into the change of a whole thing. */
function keptOf<T extends object>(shape: T, value: object): Record<keyof T, never> {
  const kept = Object.entries(value).filter(([key]) => key in shape)
  return Object.fromEntries(kept) as Record<keyof T, never>
}

/**
 * Stores a config-file where it belongs; '' takes it away.
 * @param tag of what it was made of: a change of anybody else's in between is refused
 */
export async function storeConfig(
  level: ConfigLevel,
  { id, name }: Carrier,
  text: string,
  tag: string,
): Promise<unknown> {
  const config = text.trim() === '' ? null : text
  const params = { id: id ?? name }
  const since = unchangedSince(tag)
  if (level === 'site') return server('patchSite', { body: { config } }, since)
  if (level === 'node') return server('patchNode', { params, body: { config } }, since)
  // These are replaced as wholes; the tag sees to it that what was just read is what is replaced.
  if (level === 'batch') {
    const batch = await server('getBatch', { params })
    return server('putBatch', { params, body: { ...keptOf(BatchInput.shape, batch), config } }, since)
  }
  const profile = await server('getProfile', { params })
  return server('putProfile', { params, body: { ...keptOf(ProfileInput.shape, profile), config } }, since)
}
