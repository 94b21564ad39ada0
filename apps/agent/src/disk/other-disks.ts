import type { Reason, SlotsOf } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { type DiskFacts, readDiskFacts, readOpticalFacts } from '../hardware/disks.ts'
import { type Machine, nodeOf } from '../machine.ts'
import { isSameDisk } from './chosen.ts'
import { type Clash, clashOf } from './clashes.ts'
import { type Readable, readVolumes, type Volumes } from './volumes.ts'

type Here = { machine: Machine; log: (text: string) => void; note: (reason: Reason) => void }

/**
 * Looks on all other disks, and in optical drives, for what the image, or its cloud-init seed, will be found by: loaders, kernels and cloud-init
 * take whichever they meet, and an older installation would run in the place of the new one. Where disks may be
 * overwritten its signatures are taken away, never its data.
 * @param image as it is to lie on the target; read only when another disk has names at all
 * @throws Failure other-disk-clashes
 */
export async function clearTheWay(
  { machine, log, note }: Here,
  target: DiskFacts,
  { image, overwrite }: { image: Readable; overwrite: boolean },
): Promise<void> {
  let taken: Volumes | null = null
  const disks: SlotsOf<'other-disks-cleared'>['disks'] = []
  const optical = readOpticalFacts(machine.sysRoot).map((drive) => ({ ...drive, removable: true }))
  for (const other of [...readDiskFacts(machine.sysRoot), ...optical]) {
    if (other.size === 0 || other.path === target.path || isSameDisk(other, target)) continue
    const volumes = await volumesOf(machine, other).catch((error: Error) => {
      log(`${other.path} cannot be looked at: ${error.message}`)
      return null
    })
    if (!volumes || (volumes.disk.length === 0 && volumes.volumes.every(({ signature }) => !signature))) continue
    taken ??= await readVolumes(image)
    const clash = clashOf(volumes, taken)
    if (!clash) continue
    const cannot = whyNot(other, overwrite, machine.medium) ?? clash.cannot
    if (cannot) {
      const slots = { disk: target.path, other: other.path, names: clash.names, cannot }
      throw new Failure({ code: 'other-disk-clashes', slots })
    }
    await wipe({ machine, log }, other, clash)
    disks.push({ disk: other.path, names: clash.names.slice(0, 64) })
    note({ code: 'other-disks-cleared', slots: { disks: [...disks] } })
  }
}

async function volumesOf(machine: Machine, { path, size, sectorSize }: DiskFacts): Promise<Volumes> {
  await using disk = await machine.openDisk(nodeOf(machine, path), 'read')
  return await readVolumes({ size, sectorSize, read: (offset, length) => disk.read(offset, length) })
}

function whyNot(
  other: DiskFacts,
  overwrite: boolean,
  medium: string | undefined,
): SlotsOf<'other-disk-clashes'>['cannot'] | null {
  if (other.path === medium || other.transport === 'usb' || other.removable || other.readOnly) return 'not-written'
  return overwrite ? null : 'not-allowed'
}

async function wipe({ machine, log }: Omit<Here, 'note'>, other: DiskFacts, { names, wipe }: Clash): Promise<void> {
  await using disk = await machine.openDisk(nodeOf(machine, other.path), 'write')
  const what = names.map(({ kind, value }) => `${kind} ${value}`).join(', ')
  log(`${other.path} has in common with the image: ${what}. Its signatures go, its data stay`)
  for (const [offset, length] of wipe) {
    log(`${other.path}: ${(await disk.read(offset, length)).toString('hex')} at byte ${offset} becomes zero`)
    await disk.write(offset, Buffer.alloc(length))
    await disk.sync()
  }
}
