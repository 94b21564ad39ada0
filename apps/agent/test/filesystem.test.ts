import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withFilesystem } from '../src/disk/filesystem.ts'
import { clearMark, firstPlace } from '../src/disk/mark.ts'
import { mountPoints } from '../src/disk/mounts.ts'
import { patienceWith } from '../src/machine.ts'
import { fakeContext, reasonIn } from './support/context.ts'
import { tool } from './support/disks.ts'
import { anOs, inOwnMounts, type LoopDisk, loopDisk, RUN } from './support/loop-disk.ts'
import { put } from './support/machine.ts'

const osAndData = [
  { size: 16, fs: 'vfat' },
  { size: 16, fs: 'ext4', tree: anOs },
  { size: 16, fs: 'ext4', tree: (folder: string) => put(join(folder, 'etc/nothing'), '') },
] as const
const contextOf = (t: Parameters<typeof fakeContext>[0], disk: LoopDisk) =>
  fakeContext(t, disk.machine, { runId: RUN, results: disk.results })
const any = { partition: null, fsType: null }
const firstSector = async ({ machine }: LoopDisk) => {
  await using disk = await machine.openDisk(join(machine.devRoot, 'vda'), 'read')
  return await disk.read(0, 512)
}
/** As a program does that does not ask whether the disk is in use. */
const overwrite = ({ loop }: LoopDisk, at: number, text: string) =>
  tool('dd', [`of=${loop}`, 'bs=512', `seek=${at / 512}`, 'conv=notrunc,fsync', 'status=none'], text)
const withheld = (sector: Buffer) => sector.every((byte) => byte === 0)

if (!(await inOwnMounts(t, import.meta.filename))) process.exit(process.exitCode)

for (const table of ['gpt', 'dos'] as const)
  await t.test(`under the mark the partition that holds an OS is found and written, ${table}`, async (t) => {
    const disk = await loopDisk(t, { parts: [...osAndData], table })
    t.ok(withheld(await firstSector(disk)), 'the table is withheld')
    const context = contextOf(t, disk)
    const number = await withFilesystem(context, any, 'write', async (root, number) => {
      t.equal(readFileSync(join(root, 'etc/os-release'), 'utf8'), 'ID=debian\n')
      writeFileSync(join(root, 'new'), 'written')
      t.ok(withheld(await firstSector(disk)), 'sector 0 stays where it is kept')
      return number
    })
    t.equal(number, 2)
    t.equal(disk.inside(2, 'cat new'), 'written')
    t.strictSame(disk.mounted(), [])
    t.strictSame(context.notes, [])
  })

await t.test('read only is read only, journal included', async (t) => {
  const disk = await loopDisk(t, { parts: [...osAndData] })
  const before = readFileSync(join(disk.machine.dir, 'disk.raw'))
  const write = async (root: string) => writeFileSync(join(root, 'new'), '')
  await t.rejects(withFilesystem(contextOf(t, disk), any, 'read', write), { code: 'EROFS' })
  t.ok(before.equals(readFileSync(join(disk.machine.dir, 'disk.raw'))), 'not a byte has changed')
  t.strictSame(disk.mounted(), [], 'unmounted after a failure too')
})

await t.test('what runs there finds the table in its place, and afterwards it is withheld again', async (t) => {
  const disk = await loopDisk(t, { parts: [...osAndData] })
  await withFilesystem(contextOf(t, disk), { partition: 2, fsType: 'ext4' }, 'run', async (root) => {
    t.notOk(withheld(await firstSector(disk)))
    t.ok(readdirSync(root).includes('etc'))
    t.ok(readdirSync(disk.machine.devRoot).includes('vda2'), 'under the name that the kernel gives it')
  })
  t.ok(withheld(await firstSector(disk)))
  await t.rejects(
    withFilesystem(contextOf(t, disk), { partition: 2, fsType: null }, 'run', async () => {
      throw new Error('the work')
    }),
    { message: 'the work' },
  )
  t.ok(withheld(await firstSector(disk)), 'also when the work failed')
  await using opened = await disk.machine.openDisk(join(disk.machine.devRoot, 'vda'), 'write')
  await clearMark(opened, { size: disk.size, sectorSize: 512 }, RUN)
  t.notOk(withheld(await firstSector(disk)), 'the reboot puts it back')
})

await t.test('one that cannot be synced is told, and unmounted all the same', async (t) => {
  const disk = await loopDisk(t, { parts: [...osAndData] })
  const busybox = disk.machine.busybox.bind(disk.machine)
  disk.machine.busybox = async (applet, ...args) => {
    if (applet === 'sync') throw new Error('no room')
    return await busybox(applet, ...args)
  }
  for (const mode of ['write', 'run'] as const) {
    const place = { partition: 2, fsType: null }
    await t.rejects(
      withFilesystem(contextOf(t, disk), place, mode, async () => {}),
      { message: 'no room' },
    )
    t.strictSame(disk.mounted(), [])
    t.ok(withheld(await firstSector(disk)))
  }
})

await t.test('what brings data to a disk takes as long as it needs', async (t) => {
  for (const applet of ['sync', 'umount', 'blockdev']) t.equal(patienceWith(applet), 0)
  t.not(patienceWith('mount'), 0)
})

await t.test('a program that overwrites the mark, or sector 0, costs no table', async (t) => {
  for (const places of [['mark'], ['mark', 'first']]) {
    const disk = await loopDisk(t, { parts: [...osAndData] })
    const shape = { size: disk.size, sectorSize: 512 }
    let table: Buffer = Buffer.alloc(0)
    await withFilesystem(contextOf(t, disk), { partition: 2, fsType: null }, 'run', async () => {
      table = await firstSector(disk)
      overwrite(disk, firstPlace(shape), 'x'.repeat(1024))
      if (places.includes('first')) overwrite(disk, 0, '\0'.repeat(512))
    })
    t.ok(withheld(await firstSector(disk)))
    await using opened = await disk.machine.openDisk(join(disk.machine.devRoot, 'vda'), 'write')
    await clearMark(opened, shape, RUN)
    t.ok(table.equals(await firstSector(disk)), places.join())
  }
})

await t.test('a partition that a program makes reach to the mark is left whole, and told', async (t) => {
  const disk = await loopDisk(t, { parts: [...osAndData] })
  const shape = { size: disk.size, sectorSize: 512 }
  const work = withFilesystem(contextOf(t, disk), { partition: 2, fsType: null }, 'run', async () => {
    const start = 33 * 2048
    tool('sgdisk', ['-d', '3', '-n', `3:${start}:${disk.size / 512 - 34}`, disk.loop])
    overwrite(disk, firstPlace(shape), 'x'.repeat(1024))
  })
  t.match(await reasonIn(work), { code: 'partitions-do-not-fit', slots: { room: firstPlace(shape) } })
  await using opened = await disk.machine.openDisk(join(disk.machine.devRoot, 'vda'), 'read')
  t.ok((await opened.read(firstPlace(shape), 1024)).equals(Buffer.alloc(1024, 'x')))
})

await t.test('a disk without the mark of this run is not written', async (t) => {
  const disk = await loopDisk(t, { parts: [...osAndData], marked: false })
  const never = async () => t.fail('it was mounted')
  for (const mode of ['write', 'run'] as const)
    t.match(await reasonIn(withFilesystem(contextOf(t, disk), any, mode, never)), { code: 'disk-not-of-this-run' })
  const other = fakeContext(t, disk.machine, { runId: 'another', results: disk.results })
  t.match(await reasonIn(withFilesystem(other, any, 'write', never)), { code: 'disk-not-of-this-run' })
  const looks = withFilesystem(contextOf(t, disk), any, 'read', async (_, number) => number)
  t.equal(await looks, 2, 'it may be looked at')
  const archive = { partition: 2, entries: 1, bytes: 1 }
  const unpacked = fakeContext(t, disk.machine, { runId: RUN, results: { ...disk.results, 'unpack-archive': archive } })
  t.match(await reasonIn(withFilesystem(unpacked, any, 'write', never)), { code: 'disk-not-of-this-run' })
  const image = { framesWritten: 1, framesKept: 0, bytesFetched: 1 }
  const whole = fakeContext(t, disk.machine, { runId: RUN, results: { ...disk.results, 'write-image': image } })
  await withFilesystem(whole, any, 'write', async (root) => writeFileSync(join(root, 'new'), 'written'))
  t.equal(disk.inside(2, 'cat new'), 'written', 'an image that reached to the mark has overwritten it')
  t.match(await reasonIn(withFilesystem(fakeContext(t, disk.machine), any, 'read', never)), { code: 'no-disk-chosen' })
})

await t.test('a place that is not there, or is not clear, is named', async (t) => {
  const os = { size: 16, fs: 'ext4', tree: anOs } as const
  const disk = await loopDisk(t, { parts: [os, os, { size: 8 }] })
  const at = (place: { partition: number | null; fsType: string | null }) =>
    withFilesystem(contextOf(t, disk), place, 'write', async () => t.fail('it was mounted'))
  t.match(await reasonIn(at(any)), { code: 'os-unclear', slots: { partitions: [1, 2] } })
  t.match(await reasonIn(at({ partition: 7, fsType: null })), { code: 'partition-missing', slots: { has: [1, 2, 3] } })
  t.match(await reasonIn(at({ partition: 3, fsType: null })), {
    code: 'filesystem-not-mounted',
    slots: { fsType: null },
  })
  t.match(await reasonIn(at({ partition: 3, fsType: 'ext4' })), {
    code: 'filesystem-not-mounted',
    slots: { fsType: 'ext4' },
  })
  t.strictSame(disk.mounted(), [])
})

await t.test('one that is still in use is told, and gone from its place', async (t) => {
  const disk = await loopDisk(t, { parts: [...osAndData] })
  const context = contextOf(t, disk)
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  let user = Promise.resolve<unknown>(null)
  await withFilesystem(context, { partition: 2, fsType: null }, 'write', async (root) => {
    const stop = new AbortController()
    void held.then(() => stop.abort())
    const ready = Promise.withResolvers<void>()
    const line = () => ready.resolve()
    user = disk.machine.run('sh', ['-c', 'cd "$1"; echo there; exec sleep 1000', 'sh', root], {
      signal: stop.signal,
      line,
    })
    user.catch(() => {})
    await ready.promise
  })
  t.match(context.notes, [{ code: 'filesystem-busy', slots: { partition: 2 } }])
  t.strictSame(disk.mounted(), [])
  release()
  await t.rejects(user)
})

await t.test('places with blanks in their names are read as they are', async (t) => {
  const line = String.raw`36 35 98:0 / /mnt/a\040b\134c rw,noatime - ext3 /dev/root rw`
  t.strictSame(mountPoints(`${line}\n`), ['/mnt/a b\\c'])
})
