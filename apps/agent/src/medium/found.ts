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
  /** whether it is a stick, a card or a disc; a disk within the machine is one only if somebody copied a medium onto it */
  outside: boolean
}

type Where = Pick<Machine, 'sysRoot' | 'devRoot' | 'openDisk'>

/**
 * Looks for the medium with this seal on all disks and in all optical drives. A stick, card or disc goes before a disk within
 * the machine, whatever they are called.
 * @returns the medium, or why there is none: null, or what is wrong with one that may be it, or that there are several
 */
export async function findMedium(machine: Where, seal: string): Promise<Found | { fault: string | null }> {
  let fault: string | null = null
  const all: Found[] = []
  const optical = readOpticalFacts(machine.sysRoot).map((facts) => ({ facts, isDisc: true }))
  for (const { facts, isDisc } of [
    ...readDiskFacts(machine.sysRoot).map((facts) => ({ facts, isDisc: false })),
    ...optical,
  ]) {
    if (facts.size === 0) continue
    const found = await openedAt(machine, facts.path).catch((error: Error) => {
      fault = `The medium ${facts.path} is damaged: ${error.message}.`
      return null
    })
    if (found?.medium.directory.seal === seal)
      all.push({
        ...found,
        facts,
        writable: !facts.readOnly && !isDisc,
        outside: isDisc || facts.removable || facts.transport === 'usb',
      })
    else await found?.disk[Symbol.asyncDispose]()
  }
  const outside = all.filter((each) => each.outside)
  const [one, other] = outside.length > 0 ? outside : all
  for (const { disk } of all) if (other || disk !== one?.disk) await disk[Symbol.asyncDispose]()
  if (!one) return { fault }
  if (!other) return one
  // their lists may differ, and nothing tells which one the machine started from
  return {
    fault: `Both ${one.facts.path} and ${other.facts.path} are the medium that this machine started from: take one out.`,
  }
}

/** Whether this very medium is where it was found. */
export async function isStillIn(machine: Where, { medium, facts }: Pick<Found, 'medium' | 'facts'>): Promise<boolean> {
  const found = await openedAt(machine, facts.path).catch(() => null)
  await found?.disk[Symbol.asyncDispose]()
  return found?.medium.id === medium.id
}

/** @returns null when there is none, or nothing can be read. @throws Unreadable when it is damaged where it is opened */
async function openedAt(machine: Where, path: string): Promise<Pick<Found, 'medium' | 'disk' | 'source'> | null> {
  const disk = await machine.openDisk(nodeOf(machine as Machine, path), 'read').catch(() => null)
  if (!disk) return null
  const source: Readable = { read: (offset, length) => disk.read(offset, length) }
  try {
    const medium = await openMedium(source)
    if (medium) return { medium, disk, source }
  } catch (error) {
    await disk[Symbol.asyncDispose]()
    if (error instanceof Unreadable) throw error
    return null
  }
  await disk[Symbol.asyncDispose]()
  return null
}
