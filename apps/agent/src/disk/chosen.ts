import type { BuiltinResult } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { type DiskFacts, readDiskFacts } from '../hardware/disks.ts'
import type { Machine } from '../machine.ts'

export type Choice = BuiltinResult<'choose-disk'>
type Known = Pick<Choice, 'path' | 'size' | 'serial' | 'wwn'> & Partial<Pick<Choice, 'busPath'>>

/**
 * The chosen disk as it is called now. Kernel names change from one boot to the next, so WWN, else serial, decides; where
 * these are missing or those of several disks, the place on the bus.
 * @throws Failure chosen-disk-gone, chosen-disk-unclear
 */
export const findChosen = (machine: Machine, choice: Known): DiskFacts => recogniseChosen(machine, choice).disk

/**
 * The same, and whether the disk itself said that it is the one.
 * @returns `sure` false: only its name, or its place on the bus, says so
 * @throws Failure chosen-disk-gone, chosen-disk-unclear
 */
export function recogniseChosen(machine: Machine, choice: Known): { disk: DiskFacts; sure: boolean } {
  const { path, serial, wwn, busPath = null } = choice
  const gone = new Failure({ code: 'chosen-disk-gone', slots: { disk: path, serial } })
  const alike = readDiskFacts(machine.sysRoot).filter((disk) => isAlike(disk, choice))
  const [first, second] = alike
  if (!first) throw gone
  const named = wwn !== null || serial !== null
  if (named && !second) return { disk: first, sure: true }
  const inPlace = alike.find((disk) => disk.busPath === busPath)
  if (inPlace) return { disk: inPlace, sure: false }
  // one disk that is reached by several ways, of which the one of then has gone
  if (wwn !== null && alike.every((disk) => isSameDisk(disk, first))) return { disk: first, sure: false }
  if (busPath !== null || (!second && first.path !== path)) throw gone
  if (!second) return { disk: first, sure: false }
  throw new Failure({ code: 'chosen-disk-unclear', slots: { disk: path, disks: alike.map((disk) => disk.path) } })
}

const isAlike = (disk: DiskFacts, { size, serial, wwn }: Known): boolean =>
  disk.size === size && (wwn === null ? disk.wwn === null && disk.serial === serial : disk.wwn === wwn)

/** One disk on two paths (multipath) shows one WWN, and everything else of it, twice. */
export const isSameDisk = (a: DiskFacts, b: DiskFacts): boolean =>
  a.wwn !== null && a.wwn === b.wwn && a.serial === b.serial && a.size === b.size && a.model === b.model
