import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuiltinArgs, builtins } from '@eims/contracts'
import t from 'tap'
import { makeFilesystemsHandler } from '../src/actions/make-filesystems.ts'
import { partitionDiskHandler } from '../src/actions/partition-disk.ts'
import { withFilesystem } from '../src/disk/filesystem.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { tool } from './support/disks.ts'
import { inOwnMounts, loopDisk, RUN } from './support/loop-disk.ts'
import { mkfsTools } from './support/mkfs-tools.ts'

const MIB = 1024 * 1024
const args = (filesystems: object[]): BuiltinArgs<'make-filesystems'> =>
  builtins['make-filesystems'].arguments.parse({ filesystems })

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

await t.test('each kind is made where it was asked for, and can be mounted', async (t) => {
  const withTools = await mkfsTools()
  const disk = await loopDisk(t, { parts: [{ size: 900 }] })
  const context = fakeContext(t, withTools(disk.machine), { runId: RUN, results: disk.results })
  const sizes = { vfat: 40, ext4: 64, ext3: 64, xfs: 320, btrfs: 120, swap: 16 }
  const kinds = Object.keys(sizes) as (keyof typeof sizes)[]
  const partitions = kinds.map((kind, nth) => ({
    number: nth + 1,
    size: sizes[kind] * MIB,
    label: '',
    type: 'linux' as const,
  }))
  await partitionDiskHandler({ table: 'gpt', partitions }, context)
  const filesystems = kinds.map((fsType, nth) => ({ partition: nth + 1, fsType, label: `my-${fsType}` }))
  t.strictSame(await makeFilesystemsHandler(args(filesystems), context), { result: { made: 6 } })
  t.equal(context.steps.at(-1), 1)
  t.ok(
    readFileSync(join(disk.machine.dir, 'disk.raw'))
      .subarray(0, 512)
      .every((byte) => byte === 0),
    'sector 0 stays withheld',
  )
  for (const [nth, fsType] of kinds.entries()) {
    let start = MIB
    for (const kind of kinds.slice(0, nth)) start += sizes[kind] * MIB
    const probe = tool('blkid', ['-p', '-O', String(start), '-S', String(sizes[fsType] * MIB), disk.loop])
    t.match(probe, new RegExp(`LABEL="my-${fsType}".* TYPE="${fsType}"`), fsType)
    if (['ext4', 'xfs', 'btrfs'].includes(fsType))
      await withFilesystem(context, { partition: nth + 1, fsType: null }, 'read', async (root) =>
        t.match(tool('df', ['--output=fstype', root]), new RegExp(fsType), `${fsType} is mounted`),
      )
  }
  const volume = readFileSync(join(disk.machine.dir, 'disk.raw')).subarray(MIB)
  t.equal(volume.readUInt32LE(28), MIB / 512, 'FAT knows where it begins')
})

await t.test('a partition that is not there is refused before any is made', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 16 }, { size: 16 }] })
  const context = fakeContext(t, disk.machine, { runId: RUN, results: disk.results })
  const before = readFileSync(join(disk.machine.dir, 'disk.raw'))
  const wanted = args([
    { partition: 1, fsType: 'ext4' },
    { partition: 3, fsType: 'ext4' },
  ])
  t.match(await reasonIn(makeFilesystemsHandler(wanted, context)), {
    code: 'partition-missing',
    slots: { disk: '/dev/vda', partition: 3, has: [1, 2] },
  })
  t.ok(before.equals(readFileSync(join(disk.machine.dir, 'disk.raw'))))
})

await t.test('a disk that this run did not begin is not touched', async (t) => {
  const disk = await loopDisk(t, { parts: [{ size: 16 }], marked: false })
  const before = readFileSync(join(disk.machine.dir, 'disk.raw'))
  const context = fakeContext(t, disk.machine, { runId: RUN, results: disk.results })
  t.match(await reasonIn(makeFilesystemsHandler(args([{ partition: 1, fsType: 'ext4' }]), context)), {
    code: 'disk-not-of-this-run',
  })
  t.ok(before.equals(readFileSync(join(disk.machine.dir, 'disk.raw'))))
})

await t.test('what a program says last is the reason', async (t) => {
  const withTools = await mkfsTools()
  const disk = await loopDisk(t, { parts: [{ size: 16 }] })
  const context = fakeContext(t, withTools(disk.machine), { runId: RUN, results: disk.results })
  t.match(await reasonIn(makeFilesystemsHandler(args([{ partition: 1, fsType: 'xfs' }]), context)), {
    code: 'program-failed',
    slots: { program: 'mkfs.xfs', exitCode: 1 },
  })
})

await t.test('a label that a file system has no room for is refused in the workflow', async (t) => {
  const parsed = builtins['make-filesystems'].arguments.safeParse({
    filesystems: [{ partition: 1, fsType: 'vfat', label: 'twelve-chars' }],
  })
  t.match(parsed.error?.issues, [{ path: ['filesystems', 0, 'label'], message: 'may have 11 characters with vfat' }])
})
