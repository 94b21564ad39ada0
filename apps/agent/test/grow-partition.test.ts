import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { builtins } from '@eims/contracts'
import t, { type Test } from 'tap'
import { growPartitionHandler } from '../src/actions/grow-partition.ts'
import { makeFilesystemsHandler } from '../src/actions/make-filesystems.ts'
import { partitionDiskHandler } from '../src/actions/partition-disk.ts'
import { seedHandler } from '../src/actions/seed.ts'
import { withFilesystem } from '../src/disk/filesystem.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { tool, unmarked } from './support/disks.ts'
import { inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'
import { put } from './support/machine.ts'
import { mkfsTools } from './support/mkfs-tools.ts'

const MIB = 1024 * 1024
const SEED = { metaData: 'a', userData: 'b', vendorData: '', networkConfig: '', growRoot: false }
if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

const tools = await mkfsTools()

interface Given {
  table?: 'gpt' | 'mbr'
  fsType: 'ext4' | 'xfs' | 'btrfs'
  /** MiB of the partition, of its disk, and of one behind it */
  sizes: [own: number, disk: number, next?: number]
  seeded?: boolean
}

/** A disk with an OS on its first partition, which is smaller than it could be. */
async function grown(t: Test, { table = 'gpt', fsType, sizes, seeded = false }: Given) {
  const [own, whole, next] = sizes
  const disk = await loopDisk(t, { parts: [{ size: whole }] })
  const context = fakeContext(t, tools(disk.machine), { runId: RUN, results: disk.results })
  const layout = [{ number: 1, size: own * MIB }, ...(next ? [{ number: 2, size: next * MIB }] : [])]
  await partitionDiskHandler(builtins['partition-disk'].arguments.parse({ table, partitions: layout }), context)
  await makeFilesystemsHandler({ filesystems: [{ partition: 1, fsType, label: '' }] }, context)
  await withFilesystem(context, { partition: 1, fsType: null }, 'write', async (root) =>
    put(join(root, 'etc/passwd'), 'root'),
  )
  if (seeded) await seedHandler(SEED, context)
  const size = () =>
    withFilesystem(context, { partition: 1, fsType: null }, 'read', async (root) => {
      t.equal(readFileSync(join(root, 'etc/passwd'), 'utf8'), 'root')
      return Number(tool('df', ['--output=size', '--block-size=1M', root]).split('\n')[1])
    })
  return {
    disk,
    context,
    before: await size(),
    size,
    grow: () => growPartitionHandler({ partition: null, fsType: null }, context),
  }
}

const tableOf = ({ machine }: LoopDisk): string => {
  const file = join(machine.dir, 'unmarked')
  put(file, unmarked(readFileSync(join(machine.dir, 'disk.raw'))))
  return tool('sfdisk', ['-V', file]) + tool('sfdisk', ['-d', file])
}

for (const [name, given, partition] of [
  ['ext4 up to the end of a GPT', { fsType: 'ext4', sizes: [32, 96] }, 102],
  ['ext4 up to the end of an MBR', { table: 'mbr', fsType: 'ext4', sizes: [32, 96] }, 102],
  ['ext4 in front of a seed', { fsType: 'ext4', sizes: [32, 96], seeded: true }, 94],
  ['ext4 in front of a seed on an MBR', { table: 'mbr', fsType: 'ext4', sizes: [32, 96], seeded: true }, 94],
  ['xfs', { fsType: 'xfs', sizes: [320, 600] }, 606],
  ['btrfs', { fsType: 'btrfs', sizes: [120, 300] }, 306],
] satisfies [string, Given, number][])
  await t.test(`${name}: partition and file system grow, and what is in it stays`, async (t) => {
    const { disk, before, size, grow } = await grown(t, given)
    const { result } = await grow()
    t.strictSame(result, { partition: 1, before: given.sizes[0] * MIB, after: partition * MIB })
    const after = await size()
    t.ok(after > before * 1.5, `${before} MiB became ${after}`)
    t.match(tableOf(disk), /No errors detected/)
    t.match(tableOf(disk), new RegExp(`1 : start= +2048, size= +${partition * 2048},`))
    const again = await grow()
    t.strictSame(
      again.result,
      { partition: 1, before: partition * MIB, after: partition * MIB },
      'a second time nothing changes',
    )
  })

await t.test('a partition right behind it stays as it is', async (t) => {
  const { disk, grow } = await grown(t, { fsType: 'ext4', sizes: [32, 96, 16] })
  t.match((await grow()).result, { before: 32 * MIB, after: 32 * MIB })
  t.match(tableOf(disk), /2 : start= +67584, size= +32768,/)
})

await t.test('what cannot grow is told while the table is as it was', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 32, fs: 'vfat' }, { size: 8 }] })
  const context = fakeContext(t, disk.machine, { runId: RUN, results: disk.results })
  const before = readFileSync(join(disk.machine.dir, 'disk.raw'))
  for (const [partition, fsType] of [
    [1, 'vfat'],
    [2, null],
  ] as const)
    t.match(await reasonIn(growPartitionHandler({ partition, fsType: null }, context)), {
      code: 'filesystem-cannot-grow',
      slots: { disk: '/dev/vda', partition, fsType },
    })
  t.match(await reasonIn(growPartitionHandler({ partition: 0, fsType: null }, context)), { code: 'partition-missing' })
  t.ok(before.equals(readFileSync(join(disk.machine.dir, 'disk.raw'))))
})

await t.test('a disk that this run did not begin is not touched', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 32, fs: 'ext4' }], marked: false })
  const before = readFileSync(join(disk.machine.dir, 'disk.raw'))
  const context = fakeContext(t, disk.machine, { runId: RUN, results: disk.results })
  t.match(await reasonIn(growPartitionHandler({ partition: 1, fsType: null }, context)), {
    code: 'disk-not-of-this-run',
  })
  t.ok(before.equals(readFileSync(join(disk.machine.dir, 'disk.raw'))))
})
