import { type BuiltinArgs, bytes } from '@eims/contracts'
import { findChosen } from '../disk/chosen.ts'
import { partitionsFor } from '../disk/filesystem.ts'
import { partitionDevice } from '../disk/partitions.ts'
import type { Partition } from '../disk/read-partitions.ts'
import { reread } from '../disk/reread.ts'
import { Failure } from '../failure.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { nodeOf } from '../machine.ts'
import { runTool } from '../run-tool.ts'
import { choiceOf } from './choose-disk.ts'
import type { Handler } from './handler.ts'

type Wanted = BuiltinArgs<'make-filesystems'>['filesystems'][number]

/** The words that make each, without the device behind them. */
const makers: Record<Wanted['fsType'], (label: string[], place: { sector: number }) => string[]> = {
  ext4: (label) => ['mkfs.ext4', '-q', '-F', ...label],
  ext3: (label) => ['mkfs.ext3', '-q', '-F', ...label],
  xfs: (label) => ['mkfs.xfs', '-q', '-f', ...label],
  btrfs: (label) => ['mkfs.btrfs', '-q', '-f', ...label],
  // what a BIOS's loader is told of where the volume begins
  vfat: (label, { sector }) => [
    'mkfs.vfat',
    '-h',
    String(sector),
    ...label.map((word) => (word === '-L' ? '-n' : word)),
  ],
  swap: (label) => ['/bin/busybox', 'mkswap', ...label],
}

/**
 * The builtin `make-filesystems`: new file systems on partitions of the chosen disk, whatever they held. Each is made
 * through a device of its own, so that sector 0 stays withheld (mark.ts).
 */
export const makeFilesystemsHandler: Handler<'make-filesystems'> = async ({ filesystems }, context) => {
  const { machine, signal, log, progress } = context
  const disk = findChosen(machine, choiceOf(context.results))
  const partitions = await partitionsFor(context, disk, 'write')
  const places = filesystems.map((wanted) => ({ wanted, place: placeOf(disk, partitions, wanted) }))
  for (const [nth, { wanted, place }] of places.entries()) {
    signal.throwIfAborted()
    await using device = await partitionDevice(machine, disk, place, 'write')
    const label = wanted.label === '' ? [] : ['-L', wanted.label]
    const [program, ...words] = makers[wanted.fsType](label, { sector: place.start / disk.sectorSize })
    await runTool({ machine, signal }, program!, [...words, device.node])
    log(`${wanted.fsType} on partition ${wanted.partition} of ${disk.path} (${bytes(place.size)})`)
    progress((nth + 1) / places.length)
  }
  await reread(machine, nodeOf(machine, disk.path))
  return { result: { made: filesystems.length } }
}

function placeOf(disk: DiskFacts, partitions: Partition[], { partition }: Wanted): Partition {
  const place = partitions.find(({ number }) => number === partition)
  if (place) return place
  const has = partitions.map(({ number }) => number)
  throw new Failure({ code: 'partition-missing', slots: { disk: disk.path, partition, has } })
}
