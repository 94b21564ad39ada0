import { bytes } from '@eims/contracts'
import { withClaimed } from '../disk/claim.ts'
import type { Patch } from '../disk/gpt.ts'
import { underMark } from '../disk/mark.ts'
import { newTable, placePartitions } from '../disk/new-table.ts'
import { clearTheWay } from '../disk/other-disks.ts'
import { reread } from '../disk/reread.ts'
import { zeroRange } from '../disk/zero-range.ts'
import { Failure } from '../failure.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { nodeOf } from '../machine.ts'
import { choiceOf } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'

const MIB = 1024 * 1024

/**
 * The builtin `partition-disk`: a new partition table, and nothing at either end of the disk and of each partition by which
 * something of before would be found (signatures of file systems, RAID, LVM; an old boot loader).
 */
export const partitionDiskHandler: Handler<'partition-disk'> = async ({ table, partitions }, context) => {
  const choice = choiceOf(context.results)
  const plan = async (target: DiskFacts) => {
    const placed = placePartitions(table, partitions, target)
    const seed = `${context.runId} ${target.wwn ?? target.serial ?? target.size}`
    const patches = newTable(table, partitions, placed, { shape: target, seed })
    await clearTheWay(context, target, { image: nothing(target), overwrite: choice.overwrite })
    return { target, placed, patches }
  }
  const { target, placed, patches } = await withClaimed(context, choice, plan, async ({ disk }, planned) => {
    const { target, placed, patches } = planned
    for (const [start, end] of endsOf([{ offset: 0, size: target.size }, ...placed]))
      await zeroRange(disk, start, end, { signal: context.signal })
    await disk.sync()
    for (const { offset, bytes } of patches) {
      await disk.write(offset, bytes)
      await disk.sync()
    }
    return planned
  })
  await reread(context.machine, nodeOf(context.machine, target.path))
  await verify(context, target, patches)
  for (const { number, offset, size } of placed)
    context.log(`Partition ${number} of ${target.path}: ${bytes(size)} from byte ${offset} on`)
  return { result: { partitions: placed } }
}

const endsOf = (stretches: { offset: number; size: number }[]) =>
  stretches.flatMap(({ offset, size }): [start: number, end: number][] => [
    [offset, offset + MIB],
    [offset + size - MIB, offset + size],
  ])

/** Of what the partitions will hold only a seed has a name that is known by now. */
const nothing = ({ size, sectorSize }: DiskFacts) => ({
  size,
  sectorSize,
  read: async (_offset: number, length: number) => Buffer.alloc(length),
})

async function verify({ machine, runId }: Context, target: DiskFacts, patches: Patch[]): Promise<void> {
  await using bare = await machine.openDisk(nodeOf(machine, target.path), 'read')
  const disk = await underMark(bare, target, runId)
  for (const { offset, bytes } of patches)
    if (!bytes.equals(await disk.read(offset, bytes.length)))
      throw new Failure({ code: 'disk-gives-other-bytes', slots: { disk: target.path, offset, of: 'table' } })
}
