import { bytes } from '@eims/contracts'
import { findChosen } from '../disk/chosen.ts'
import { partitionsFor, withFilesystem } from '../disk/filesystem.ts'
import { growth } from '../disk/grow.ts'
import { underMark } from '../disk/mark.ts'
import { partitionDevice } from '../disk/partitions.ts'
import type { Partition } from '../disk/read-partitions.ts'
import { reread } from '../disk/reread.ts'
import { fileSystemOf, HEAD_BYTES } from '../disk/signature.ts'
import { Failure } from '../failure.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { nodeOf } from '../machine.ts'
import { runTool } from '../run-tool.ts'
import { choiceOf } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'

/** e2fsck(8): 1 is errors that were corrected */
const CORRECTED = [0, 1]

/**
 * The builtin `grow-partition`: a partition up to the next one, or to the end of the disk, and its file system over all of
 * it. ext4 is grown while it is not mounted, after a check; xfs and btrfs grow only while they are.
 */
export const growPartitionHandler: Handler<'grow-partition'> = async ({ partition, fsType }, context) => {
  const { machine, signal, log } = context
  const disk = findChosen(machine, choiceOf(context.results))
  const number = partition ?? (await withFilesystem(context, { partition, fsType }, 'read', async (_, found) => found))
  const before = await placeOf(context, disk, number)
  const type = fsType ?? (await typeOf(context, disk, before))
  if (type === null || !['ext4', 'ext3', 'ext2', 'xfs', 'btrfs'].includes(type))
    throw new Failure({ code: 'filesystem-cannot-grow', slots: { disk: disk.path, partition: number, fsType: type } })
  await growTable(context, disk, number)
  const after = await placeOf(context, disk, number)
  if (type.startsWith('ext')) {
    await using device = await partitionDevice(machine, disk, after, 'write')
    await runTool({ machine, signal }, 'e2fsck', ['-f', '-y', device.node], CORRECTED)
    await runTool({ machine, signal }, 'resize2fs', [device.node])
  } else {
    const grow = type === 'xfs' ? ['xfs_growfs'] : ['btrfs', 'filesystem', 'resize', 'max']
    const [program, ...words] = grow
    await withFilesystem(context, { partition: number, fsType: type }, 'write', (root) =>
      runTool({ machine, signal }, program!, [...words, root]),
    )
  }
  log(`Partition ${number} of ${disk.path} grew from ${bytes(before.size)} to ${bytes(after.size)}`)
  return { result: { partition: number, before: before.size, after: after.size } }
}

/** A file system on all of the disk lies where the run's mark stands, and does not grow. */
async function placeOf(context: Context, disk: DiskFacts, number: number): Promise<Partition> {
  const partitions = await partitionsFor(context, disk, 'write')
  const place = partitions.find((each) => each.number === number)
  if (place) return place
  const has = partitions.map((each) => each.number)
  throw new Failure({ code: 'partition-missing', slots: { disk: disk.path, partition: number, has } })
}

async function typeOf(
  { machine, runId }: Context,
  disk: DiskFacts,
  { start, size }: Partition,
): Promise<string | null> {
  await using bare = await machine.openDisk(nodeOf(machine, disk.path), 'read')
  return fileSystemOf(await (await underMark(bare, disk, runId)).read(start, Math.min(size, HEAD_BYTES)))
}

async function growTable({ machine, runId }: Context, disk: DiskFacts, number: number): Promise<void> {
  const node = nodeOf(machine, disk.path)
  {
    await using bare = await machine.openDisk(node, 'write')
    const opened = await underMark(bare, disk, runId)
    for (const { offset, bytes } of await growth(opened, disk, number)) {
      await opened.write(offset, bytes)
      await opened.sync()
    }
  }
  await reread(machine, node)
}
