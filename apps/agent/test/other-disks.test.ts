import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { rebootHandler } from '../src/actions/reboot.ts'
import { seedHandler } from '../src/actions/seed.ts'
import { writeImageHandler } from '../src/actions/write-image.ts'
import { clashOf } from '../src/disk/clashes.ts'
import { holdsMark } from '../src/disk/mark.ts'
import { readVolumes } from '../src/disk/volumes.ts'
import type { Machine } from '../src/machine.ts'
import { chose, fakeContext, tempDir } from './support/context.ts'
import { gptByFdisk, isUnstartable, MIB, sparse, tool, unmarked, verifyByFdisk } from './support/disks.ts'
import { fakeImage, fakeSource } from './support/image.ts'
import { addDisk, fakeMachine } from './support/machine.ts'
import { watched } from './support/watched-disk.ts'

const SIZE = 64 * MIB
const dir = tempDir(t)

/** A disk image with an ESP and a root, as fdisk and the makers of file systems see it. */
function installation(name: string, esp: string): string {
  const file = gptByFdisk(join(dir, name), 32 * MIB, 512)
  tool('mkfs.vfat', ['-n', esp, '--offset', '2048', file, '8192'])
  tool('mkfs.ext4', ['-q', '-L', 'root', '-E', `offset=${9 * MIB}`, file, '16M'])
  return file
}

const mine = installation('image', 'ESP')
const image = fakeImage(readFileSync(mine))
const args = { manifestSha256: image.manifestSha256, rawSize: image.raw.length }
/** The root does not grow, so that there is room for a partition of somebody else. */
const documents = { metaData: 'a', userData: 'b', vendorData: '', networkConfig: '', growRoot: false }

/** The image with its seed, as an earlier run left it. */
let older = Buffer.alloc(0)
await t.test('a run leaves its mark beside the seed until its end', async (t) => {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'vda', size: SIZE })
  const context = fakeContext(t, machine, { chunks: [fakeSource(image.chunks)], results: chose('/dev/vda', SIZE) })
  await writeImageHandler(args, context)
  await seedHandler(documents, context)
  t.ok(holdsMark(readFileSync(node).subarray(-MIB), SIZE), 'a run may be taken up from its start with its seed written')
  t.ok(isUnstartable(readFileSync(node)), 'and until then nothing starts from it')
  await rebootHandler({ how: 'reboot' }, context)
  t.match(verifyByFdisk(node, 512), /No errors detected/)
  t.notOk(holdsMark(readFileSync(node).subarray(-MIB), SIZE))
  older = readFileSync(node)
})

const usb = 'pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host3/target3:0:0/3:0:0:0/block'
const on = (slot: number) => `pci0000:00/0000:00:0${slot}.0/virtio${slot}/block`

/** A machine whose first disk is to get the image; what stands on the second. */
function machineWith(t: Test, second: Buffer, { overwrite = true, bus = on(3) } = {}) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'vda', size: SIZE, bus: on(2) })
  const other = addDisk(machine, { name: 'vdb', size: SIZE, bus })
  writeFileSync(other, second)
  const results = {
    'choose-disk': { ...chose('/dev/vda', SIZE)['choose-disk'], busPath: 'pci-0000:00:02.0', overwrite },
  }
  const context = fakeContext(t, machine, { chunks: [fakeSource(image.chunks)], results })
  const write = (as: Machine = machine) =>
    writeImageHandler(args, { ...context, machine: as }).then(
      () => null,
      (error: Error) => error,
    )
  const seen = () => readFileSync(other)
  return { machine, node, seen, other, context, write }
}

const differences = (a: Buffer, b: Buffer) => a.reduce((count, byte, at) => count + (byte === b[at] ? 0 : 1), 0)

await t.test('an older installation on another disk is refused, with both named', async (t) => {
  const { node, seen, write } = machineWith(t, older, { overwrite: false })
  const refused = await write()
  t.match(refused, {
    reason: { code: 'other-disk-clashes', slots: { disk: '/dev/vda', other: '/dev/vdb', cannot: 'not-allowed' } },
    message:
      /^\/dev\/vdb carries what the OS on \/dev\/vda is to be found by \(disk ID .*more\), .* allow that disks are/,
  })
  t.ok(seen().equals(older))
  t.ok(readFileSync(node).equals(Buffer.alloc(SIZE)), 'before the first byte')
})

await t.test('where disks may be overwritten its table is taken away, and nothing else', async (t) => {
  const { node, other, seen, write, context } = machineWith(t, older)
  t.equal(await write(), null)
  t.ok(unmarked(readFileSync(node)).subarray(0, image.raw.length).equals(image.raw))
  t.equal(differences(seen(), older), 16, 'the signatures of both headers')
  t.notMatch(tool('fdisk', ['-l', other]), /gpt|Microsoft|Linux/)
  t.match(context.notes.at(-1), { code: 'other-disks-cleared', slots: { disks: [{ disk: '/dev/vdb' }] } })
  t.match(context.lines.join('\n'), /vdb: 4546492050415254 at byte 67108352 becomes zero\n.*at byte 512 becomes zero/)
  tool('sh', ['-c', `printf 'EFI PART' | dd of=${other} bs=1 seek=512 conv=notrunc status=none`])
  t.match(tool('fdisk', ['-l', other]), /EFI System|Linux filesystem/, 'and comes back by what the log says')
})

await t.test('the power goes at any moment of it', async (t) => {
  for (let nth = 0; nth < 2; nth += 1) {
    const { machine, other, seen, write } = machineWith(t, older)
    let writes = 0
    const power = watched(machine, {
      onWrite() {
        if (writes++ === nth) throw new Error('power is cut')
      },
    })
    t.match(await write(power.machine), { message: 'power is cut' })
    t.equal(await write(), null)
    t.equal(differences(seen(), older), 16)
    t.notMatch(tool('fdisk', ['-l', other]), /gpt|Microsoft|Linux/)
  }
})

await t.test('of an installation of another image only what is called the same', async (t) => {
  const second = Buffer.alloc(SIZE)
  readFileSync(installation('other-image', 'ELSE')).copy(second)
  const { seen, write } = machineWith(t, second)
  t.equal(await write(), null)
  const root = await volumesOn(seen())
  t.match(
    root.volumes.map(({ signature }) => signature?.names.map(({ value }) => value) ?? null),
    [[String, 'ELSE', 'ELSE'], null],
  )
})

async function volumesOn(bytes: Buffer) {
  return readVolumes({
    size: bytes.length,
    sectorSize: 512,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  })
}

const whole = (make: (file: string) => void): Buffer => {
  const file = sparse(join(dir, 'whole'), 0)
  sparse(file, SIZE)
  make(file)
  return readFileSync(file)
}

await t.test('a seed of another machine', async (t) => {
  for (const label of ['cidata', 'CIDATA'])
    await t.test(label, async (t) => {
      const second = whole((file) => tool('mkfs.vfat', ['-n', label, file]))
      const held = machineWith(t, second, { overwrite: false })
      t.match(await held.write(), { message: /label cidata|label CIDATA/ })
      const { seen, write } = machineWith(t, second)
      t.equal(await write(), null)
      t.ok(differences(seen(), second) <= 10)
      t.equal((await volumesOn(seen())).volumes[0]?.signature, null)
      const stick = machineWith(t, second, { bus: usb })
      t.match(await stick.write(), { reason: { slots: { cannot: 'not-written' } } })
      t.ok(stick.seen().equals(second))
    })
})

await t.test('a seed on a logical partition of an MBR', async (t) => {
  const second = whole((file) => {
    tool('fdisk', [file], 'o\nn\ne\n1\n\n\nn\n\n+8M\nn\n\n+8M\nw\n')
    const starts = [...tool('fdisk', ['-l', file]).matchAll(/whole[5-9] +(\d+)/g)].map(([, start]) => Number(start))
    tool('mkfs.vfat', ['-n', 'CIDATA', '--offset', String(starts[1]), file, '8192'])
  })
  t.match(await machineWith(t, second, { overwrite: false }).write(), { message: /label CIDATA/ })
  const { seen, write } = machineWith(t, second)
  t.equal(await write(), null)
  t.ok(differences(seen(), second) <= 10)
})

await t.test('a table with partitions of somebody else stays, and so does everything on the disk', async (t) => {
  const file = sparse(join(dir, 'shared'), 0)
  sparse(file, SIZE)
  writeFileSync(file, older)
  tool('fdisk', [file], 'n\n9\n\n\nw\n')
  const second = readFileSync(file)
  const { seen, write } = machineWith(t, second)
  t.match(await write(), { reason: { slots: { cannot: 'shared' } }, message: /sgdisk -G/ })
  t.ok(seen().equals(second))
})

await t.test('what has nothing in common is left alone, and the image is not fetched for it', async (t) => {
  const cases: [string, (file: string) => void][] = [
    ['an ext4', (file) => tool('mkfs.ext4', ['-q', '-L', 'data', file])],
    ['a swap', (file) => tool('mkswap', ['-L', 'swap', file])],
    ['a GPT', (file) => void gptByFdisk(file, SIZE, 512)],
    ['an empty MBR', (file) => tool('fdisk', [file], 'o\nw\n')],
    ['nothing', () => {}],
  ]
  for (const [name, make] of cases)
    await t.test(name, async (t) => {
      const second = whole(make)
      const { seen, write } = machineWith(t, second)
      t.equal(await write(), null)
      t.ok(seen().equals(second))
    })
})

await t.test('a disk without a backup table keeps what stands there instead', async (t) => {
  const second = Buffer.from(older)
  second.fill(0x5a, SIZE - 512)
  const { seen, write } = machineWith(t, second)
  t.equal(await write(), null)
  t.equal(differences(seen(), second), 8)
})

await t.test('another path to the same disk is no other disk', async (t) => {
  const machine = fakeMachine(t)
  const attributes = { serial: 'A', wwid: 'naa.5000c500a1b2c3d4\n' }
  const node = addDisk(machine, { name: 'sda', size: SIZE, bus: on(2), attributes })
  const second = addDisk(machine, { name: 'sdb', size: SIZE, bus: on(3), attributes })
  writeFileSync(node, older)
  rmSync(second)
  symlinkSync(node, second)
  const [choice] = Object.values(chose('/dev/sda', SIZE))
  const results = {
    'choose-disk': { ...choice, serial: 'A', wwn: 'naa.5000c500a1b2c3d4', busPath: 'pci-0000:00:02.0' },
  }
  const context = fakeContext(t, machine, { chunks: [fakeSource(image.chunks)], results })
  await writeImageHandler(args, context)
  t.notMatch(context.lines.join('\n'), /in common|becomes zero/)
})

await t.test('a seed in an optical drive, such as a management controller pretends to have', async (t) => {
  const { machine, node, write } = machineWith(t, Buffer.alloc(SIZE))
  const [folder, seed] = [join(dir, 'seed'), join(dir, 'seed.iso')]
  mkdirSync(folder)
  writeFileSync(join(folder, 'user-data'), '#cloud-config\n')
  tool('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'cidata', '-o', seed, folder])
  const drive = addDisk(machine, { name: 'sr0', size: MIB, sectorSize: 2048, bus: usb })
  writeFileSync(drive, readFileSync(seed))
  t.match(await write(), {
    reason: { slots: { other: '/dev/sr0', names: [{ kind: 'label', value: 'cidata' }], cannot: 'not-written' } },
  })
  t.ok(readFileSync(node).equals(Buffer.alloc(SIZE)), 'before the first byte')
  rmSync(drive)
  t.equal(await write(), null, "without a medium it is in nobody's way")
})

await t.test('a partition of Linux with the same label in the table', async (t) => {
  const labelled = (name: string, label: string) => {
    const file = gptByFdisk(join(dir, name), 32 * MIB, 512)
    tool('sfdisk', ['--part-label', file, '2', label])
    return readFileSync(file)
  }
  const labels = async (label: string) => {
    const other = await volumesOn(labelled('partlabel-other', label))
    return clashOf(other, await volumesOn(labelled('partlabel-image', label)))?.names ?? []
  }
  t.strictSame(await labels('rootfs'), [{ kind: 'partition-label', value: 'rootfs' }])
  t.strictSame(await labels('primary'), [], 'any partition is called so')
})
