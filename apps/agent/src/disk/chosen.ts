import { BuiltinResults, type Disk } from '@eims/contracts'
import type { z } from 'zod'
import { readDiskFacts } from '../hardware/disks.ts'
import type { Machine } from '../machine.ts'

type Choice = z.infer<(typeof BuiltinResults)['choose-disk']>
export type Facts = Omit<Disk, 'content'>

/** What the run's choose-disk action answered; named so in the plan, or the only result of that form. */
export function choiceOf(results: Record<string, unknown>): Choice {
  for (const result of [results['choose-disk'], ...Object.values(results)]) {
    const parsed = BuiltinResults['choose-disk'].safeParse(result)
    if (parsed.success) return parsed.data
  }
  throw new Error('The plan has no choose-disk action before this one, so there is no disk to work on')
}

/**
 * The chosen disk as it is called now: kernel names change from one boot to the next, so WWN, else serial, decides.
 * @throws when it is gone, or another disk answers to its name
 */
export function findChosen(machine: Machine, choice: Choice): Facts {
  const disks = readDiskFacts(machine.sysRoot)
  const same = (disk: Facts) =>
    disk.size === choice.size &&
    (choice.wwn !== null
      ? disk.wwn === choice.wwn
      : choice.serial !== null
        ? disk.serial === choice.serial
        : disk.path === choice.path)
  const found = disks.filter(same)
  const disk = found.find(({ path }) => path === choice.path) ?? (found.length === 1 ? found[0] : undefined)
  if (!disk)
    throw new Error(
      `The chosen disk ${choice.path} (serial ${choice.serial ?? 'unknown'}) is no longer in this machine`,
    )
  return disk
}
