import type { Disk } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { type DiskFacts, readDiskFacts } from '../hardware/disks.ts'
import type { Machine } from '../machine.ts'

/**
 * The chosen disk as it is called now: kernel names change from one boot to the next, so WWN, else serial, decides.
 * @throws Failure chosen-disk-gone when it is, or another disk answers to its name
 */
export function findChosen(machine: Machine, choice: Pick<Disk, 'path' | 'size' | 'serial' | 'wwn'>): DiskFacts {
  const disks = readDiskFacts(machine.sysRoot)
  const same = (disk: DiskFacts) =>
    disk.size === choice.size &&
    (choice.wwn !== null
      ? disk.wwn === choice.wwn
      : choice.serial !== null
        ? disk.serial === choice.serial
        : disk.path === choice.path)
  const found = disks.filter(same)
  const disk = found.find(({ path }) => path === choice.path) ?? (found.length === 1 ? found[0] : undefined)
  if (!disk) throw new Failure({ code: 'chosen-disk-gone', slots: { disk: choice.path, serial: choice.serial } })
  return disk
}
