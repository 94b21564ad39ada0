import { ADDONS_LABEL, type BuiltinArgs, bytes } from '@eims/contracts'
import { unpackTar } from '../archive/unpack-tar.ts'
import { calm } from '../back-off.ts'
import { placeAddons } from '../disk/addons-partition.ts'
import { findChosen } from '../disk/chosen.ts'
import { letGo, partitionsFor, withFilesystem } from '../disk/filesystem.ts'
import { underMark } from '../disk/mark.ts'
import { partitionDevice } from '../disk/partitions.ts'
import type { Partition } from '../disk/read-partitions.ts'
import { reread } from '../disk/reread.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { architecture } from '../hardware/survey.ts'
import { fetchManifest } from '../image/manifest.ts'
import { onTheWire } from '../image/on-the-wire.ts'
import { rawBytes } from '../image/raw-bytes.ts'
import { verifiedChunks } from '../image/verified-chunks.ts'
import { nodeOf } from '../machine.ts'
import { runTool } from '../run-tool.ts'
import { choiceOf } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'

type Set = NonNullable<BuiltinArgs<'write-addons'>['sets']>[number]

/**
 * Without a journal and with few inodes: it is written once, made anew when that was cut, and only read afterwards. So its
 * own needs stay below what the contracts' `addonsSize` leaves for them.
 */
const MKFS = ['-q', '-F', '-m', '0', '-b', '4096', '-N', '4096', '-O', '^has_journal,^resize_inode', '-L', ADDONS_LABEL]

/**
 * The builtin `write-addons`: sets of a cluster's addons, each in a folder of its name, on an ext4 partition K3S-ADDONS in front
 * of where the seed goes. Chunks are verified before a byte of them is unpacked. Sector 0 stays withheld (mark.ts), and each
 * attempt makes the file system anew, so that a cut leaves nothing to start from and nothing to mend.
 */
export const writeAddonsHandler: Handler<'write-addons'> = async ({ sets = [], addonsSize = 0 }, context) => {
  if (sets.length === 0) return { result: { addonsPartition: null, sets: 0, bytes: 0 } }
  const { machine, signal, log, progress } = context
  const disk = findChosen(machine, choiceOf(context.results))
  await partitionsFor(context, disk, 'write')
  await letGo(machine, disk)
  const place = await partitionOn(context, disk, addonsSize)
  {
    await using device = await partitionDevice(machine, disk, place, 'write')
    await runTool({ machine, signal }, 'mkfs.ext4', [...MKFS, device.node])
  }
  await reread(machine, nodeOf(machine, disk.path))
  const total = sets.reduce((sum, { size }) => sum + size, 0)
  let came = 0
  const fetchChunk = verifiedChunks(onTheWire(context.chunks), calm, log)
  async function* told({ manifestSha256, size }: Set): AsyncGenerator<Buffer> {
    const wanted = { manifestSha256, rawSize: size, architecture: architecture() }
    const manifest = await fetchManifest(fetchChunk, wanted, signal)
    for await (const piece of rawBytes(manifest, fetchChunk, signal)) {
      came += piece.length
      progress(Math.min(1, came / total))
      yield piece
    }
  }
  return await withFilesystem(context, { partition: place.number, fsType: 'ext4' }, 'write', async (root) => {
    let unpacked = 0
    for (const set of sets) {
      const done = await unpackTar(machine, told(set), { root, folder: `/${set.name}` })
      log(`Addons ${set.name}: ${done.entries} files with ${bytes(done.bytes)} on partition ${place.number}`)
      unpacked += done.bytes
    }
    return { result: { addonsPartition: place.number, sets: sets.length, bytes: unpacked } }
  })
}

async function partitionOn({ machine, runId }: Context, disk: DiskFacts, size: number): Promise<Partition> {
  const node = nodeOf(machine, disk.path)
  let place: Awaited<ReturnType<typeof placeAddons>>
  {
    await using bare = await machine.openDisk(node, 'write')
    const opened = await underMark(bare, disk, runId)
    place = await placeAddons(opened, disk, size)
    for (const { offset, bytes } of place.table) {
      await opened.write(offset, bytes)
      await opened.sync()
    }
  }
  await reread(machine, node)
  return place
}
