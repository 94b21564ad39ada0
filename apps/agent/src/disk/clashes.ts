import type { SlotsOf } from '@eims/contracts'
import { isOurLabel, type Name } from './signature.ts'
import type { Volume, Volumes } from './volumes.ts'

type Cannot = Exclude<SlotsOf<'other-disk-clashes'>['cannot'], 'not-allowed' | 'not-written'>

export interface Clash {
  /** what both are called */
  names: Name[]
  /** the bytes to be made zero so that only the image is called so, in the order that is safe */
  wipe: [offset: number, length: number][]
  /** why there is no such way that leaves the rest of the disk alone; null: there is */
  cannot: Cannot | null
}

/**
 * PURE: what another disk has in common with an image that is to be found by its names, and with the seed that goes
 * beside it.
 * @returns null: nothing
 */
export function clashOf(other: Volumes, image: Volumes | null): Clash | null {
  const taken = new Set((image ? namesOf(image) : []).map(key))
  // a table that was made badly has GUIDs of zeros: nothing is looked for by these
  const clashes = (name: Name) => isOurLabel(name) || (taken.has(key(name)) && !/^[0-]*$/.test(name.value))
  const names = namesOf(other).filter(clashes)
  if (names.length === 0) return null
  const byTable = [...other.disk, ...other.volumes.flatMap((volume) => volume.names)].some(clashes)
  const struck = other.volumes.filter((volume) => allOf(volume).some(clashes))
  const once = [...new Map(names.map((name) => [key(name), name])).values()]
  if (byTable) {
    // Its partitions are the image's own, and a seed: an older installation, of which nothing is found without the table.
    const whole = struck.length === other.volumes.length
    return { names: once, wipe: whole ? other.table : [], cannot: whole ? null : 'shared' }
  }
  const wipe = struck.flatMap(({ start, signature }) =>
    (signature?.magic ?? []).map(([offset, length]): [number, number] => [start + offset, length]),
  )
  const container = struck.some(({ signature }) => signature?.magic === null)
  return { names: once, wipe: container ? [] : wipe, cannot: container ? 'container' : null }
}

const key = ({ kind, value }: Name) => `${kind} ${value}`
const allOf = ({ names, signature }: Volume): Name[] => [...names, ...(signature?.names ?? [])]
const namesOf = ({ disk, volumes }: Volumes): Name[] => [...disk, ...volumes.flatMap(allOf)]
