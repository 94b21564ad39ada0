import { type Medium, openMedium, type Readable, Unreadable } from '@eims/medium'
import type { BlockDevice } from '../disk/block-device.ts'
import { type DiskFacts, readDiskFacts, readOpticalFacts } from '../hardware/disks.ts'
import { type Machine, nodeOf } from '../machine.ts'

/** The medium that this Micro-OS came from, opened for reading. */
export interface Found {
  medium: Medium
  facts: DiskFacts
  disk: BlockDevice
  source: Readable
  /** whether reports can be written to it: a disc, or a stick whose switch is on "lock", takes none */
  writable: boolean
}

/**
 * Looks for the medium with this seal on all disks and in all optical drives.
 * @returns the medium, or why there is none: null, or what is wrong with one that may be it
 */
export async function findMedium(
  machine: Pick<Machine, 'sysRoot' | 'devRoot' | 'openDisk'>,
  seal: string,
): Promise<Found | { fault: string | null }> {
  let fault: string | null = null
  const optical = readOpticalFacts(machine.sysRoot)
  for (const facts of [...readDiskFacts(machine.sysRoot), ...optical]) {
    if (facts.size === 0) continue
    const disk = await machine.openDisk(nodeOf(machine as Machine, facts.path), 'read').catch(() => null)
    if (!disk) continue
    const source: Readable = { read: (offset, length) => disk.read(offset, length) }
    const medium = await openMedium(source).catch((error: Error) => {
      if (error instanceof Unreadable) fault = `The medium ${facts.path} is damaged: ${error.message}.`
      return null
    })
    if (medium?.directory.seal === seal)
      return {
        medium,
        facts,
        disk,
        source,
        writable: !facts.readOnly && !optical.some(({ path }) => path === facts.path),
      }
    await disk[Symbol.asyncDispose]()
  }
  return { fault }
}
