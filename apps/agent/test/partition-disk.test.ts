import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuiltinArgs, builtins } from '@eims/contracts'
import t, { type Test } from 'tap'
import { partitionDiskHandler } from '../src/actions/partition-disk.ts'
import { rebootHandler } from '../src/actions/reboot.ts'
import { seedHandler } from '../src/actions/seed.ts'
import { holdsMark } from '../src/disk/mark.ts'
import { recognise } from '../src/hardware/disk-content.ts'
import { chose, fakeContext, reasonIn } from './support/context.ts'
import { isUnstartable, MIB, tool, unmarked } from './support/disks.ts'
import { noise } from './support/image.ts'
import { addDisk, fakeMachine, put } from './support/machine.ts'
import { watched } from './support/watched-disk.ts'

const SIZE = 64 * MIB
const OLD: Buffer = noise(SIZE)
const EMPTY: Buffer = Buffer.alloc(SIZE)
type Args = BuiltinArgs<'partition-disk'>
const args = (input: unknown): Args => builtins['partition-disk'].arguments.parse(input)

const gpt = args({
  table: 'gpt',
  partitions: [
    { number: 1, size: 8 * MIB, label: 'esp', type: 'efi' },
    { number: 14, size: 1, type: 'bios-boot' },
    { number: 2, size: 4 * MIB + 1, type: 'swap' },
    { number: 3, size: null, label: 'root' },
  ],
})
const mbr = args({
  table: 'mbr',
  partitions: [
    { number: 2, size: 8 * MIB, type: 'efi' },
    { number: 1, size: null },
  ],
})

function at(t: Test, { old = EMPTY, overwrite = true, sectorSize = 512, runId = 'run-1' } = {}) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sda', size: SIZE, sectorSize })
  writeFileSync(node, old)
  const results = { 'choose-disk': { ...chose('/dev/sda', SIZE)['choose-disk'], overwrite } }
  const context = fakeContext(t, machine, { results, runId })
  const done = join(machine.dir, 'done')
  /** what sfdisk reads when the run is over */
  const table = (): string => {
    put(done, unmarked(readFileSync(node), sectorSize))
    return tool('sfdisk', ['-d', done])
  }
  return { machine, node, context, done, table }
}

await t.test('a GPT with its backup, aligned, which other programs find whole', async (t) => {
  const { node, context, done, table } = at(t, { old: OLD })
  const { result } = await partitionDiskHandler(gpt, context)
  t.strictSame(result.partitions, [
    { number: 1, offset: MIB, size: 8 * MIB },
    { number: 14, offset: 9 * MIB, size: MIB },
    { number: 2, offset: 10 * MIB, size: 5 * MIB },
    { number: 3, offset: 15 * MIB, size: 48 * MIB },
  ])
  t.ok(isUnstartable(readFileSync(node)), 'until the run is over nothing starts from it')
  t.ok(holdsMark(readFileSync(node).subarray(-MIB), SIZE))
  const lines = table().split('\n')
  t.match(lines[0], /^label: gpt$/)
  const parts = lines.filter((line) => line.includes('start='))
  for (const [nth, part] of [
    /1 : start= +2048, size= +16384, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=[-0-9A-F]+, name="esp"/,
    /2 : start= +20480, size= +10240, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F/,
    /3 : start= +30720, size= +98304, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=[-0-9A-F]+, name="root"/,
    /14 : start= +18432, size= +2048, type=21686148-6449-6E6F-744E-656564454649/,
  ].entries())
    t.match(parts[nth], part)
  t.match(tool('sgdisk', ['-v', done]), /No problems found/)
  const disk = unmarked(readFileSync(node))
  for (const { offset, size } of result.partitions)
    for (const start of [offset, offset + size - MIB])
      t.ok(disk.subarray(start, start + MIB).equals(Buffer.alloc(MIB)), `nothing of before at byte ${start}`)
  const before = readFileSync(node)
  await partitionDiskHandler(gpt, context)
  t.ok(before.equals(readFileSync(node)), 'a second time nothing changes')
})

await t.test('a disk with sectors of 4096 bytes', async (t) => {
  const { context, done, table } = at(t, { sectorSize: 4096 })
  await partitionDiskHandler(gpt, context)
  table()
  t.match(tool('fdisk', ['-b', '4096', done], 'v\np\nq\n'), /No errors detected/)
})

await t.test('an MBR', async (t) => {
  const { context, done, table } = at(t, { old: OLD })
  const { result } = await partitionDiskHandler(mbr, context)
  t.strictSame(result.partitions, [
    { number: 2, offset: MIB, size: 8 * MIB },
    { number: 1, offset: 9 * MIB, size: 54 * MIB },
  ])
  t.match(
    table(),
    /label: dos[\s\S]*1 : start= +18432, size= +110592, type=83\n[\s\S]*2 : start= +2048, size= +16384, type=ef/,
  )
  t.match(tool('sfdisk', ['-V', done]), /No errors detected/)
})

await t.test('a seed goes behind the partitions, and the end of the run takes the mark away', async (t) => {
  const small = args({ table: 'gpt', partitions: [{ number: 1, size: 16 * MIB }] })
  const { node, context } = at(t)
  await partitionDiskHandler(small, context)
  await seedHandler({ metaData: 'a', userData: 'b', vendorData: '', networkConfig: '' }, context)
  await rebootHandler({ how: 'reboot' }, context)
  t.notOk(holdsMark(readFileSync(node).subarray(-MIB), SIZE))
  t.match(tool('sgdisk', ['-v', node]), /No problems found/)
  t.match(tool('sfdisk', ['-d', node]), /1 : start= +2048, size= +110592.*\n.*2 : .*name="CIDATA"/)
})

await t.test('what cannot be made is refused before the first byte', async (t) => {
  const cases: [string, Args, object][] = [
    [
      'partitions larger than the disk',
      args({ table: 'gpt', partitions: [{ number: 1, size: 63 * MIB }] }),
      { code: 'partitions-do-not-fit', slots: { disk: '/dev/sda', bytes: SIZE, room: 63 * MIB } },
    ],
    [
      'nothing left for the last one',
      args({
        table: 'mbr',
        partitions: [
          { number: 1, size: 62 * MIB },
          { number: 2, size: null },
        ],
      }),
      { code: 'partitions-do-not-fit' },
    ],
    [
      'a fifth partition of an MBR',
      args({ table: 'mbr', partitions: [{ number: 5, size: null }] }),
      { code: 'partition-not-in-mbr', slots: { partition: 5, fault: 'number' } },
    ],
    [
      'room for GRUB in an MBR',
      args({ table: 'mbr', partitions: [{ number: 1, size: null, type: 'bios-boot' }] }),
      { code: 'partition-not-in-mbr', slots: { partition: 1, fault: 'type' } },
    ],
  ]
  for (const [name, given, reason] of cases) {
    const { node, context } = at(t, { old: OLD })
    t.match(await reasonIn(partitionDiskHandler(given, context)), reason, name)
    t.ok(readFileSync(node).equals(OLD), name)
  }
})

await t.test('the interlock holds before the first byte', async (t) => {
  const { node, context } = at(t, { old: OLD, overwrite: false })
  t.match(await reasonIn(partitionDiskHandler(gpt, context)), { code: 'disk-changed' })
  t.ok(readFileSync(node).equals(OLD))

  const other = at(t, { overwrite: false })
  await partitionDiskHandler(gpt, other.context)
  await partitionDiskHandler(mbr, other.context)
  t.match(await reasonIn(partitionDiskHandler(gpt, { ...other.context, runId: 'run-2' })), { code: 'disk-changed' })
  const bytes = readFileSync(other.node)
  t.equal(recognise({ head: bytes.subarray(0, MIB), tail: bytes.subarray(-MIB), size: SIZE }).blank, false)
})

await t.test('the mark reaches the disk before the first byte of anything else', async (t) => {
  const { machine, context } = at(t, { old: OLD })
  const { machine: seen, steps } = watched(machine)
  await partitionDiskHandler(gpt, { ...context, machine: seen })
  const place = SIZE - 33 * 512 - 512 - 512
  const writes = steps.filter((step) => /^(write|sync)/.test(step))
  t.strictSame(writes.slice(0, 4), [`write ${place}+1024`, 'sync', 'write 0+512', 'sync'])
})

await t.test('a disk that does not give back its table', async (t) => {
  const { machine, context } = at(t)
  const lying = watched(machine, {
    givesBack: (offset, bytes) => (offset === 512 ? Buffer.alloc(bytes.length) : bytes),
  })
  t.match(await reasonIn(partitionDiskHandler(gpt, { ...context, machine: lying.machine })), {
    code: 'disk-gives-other-bytes',
    slots: { disk: '/dev/sda', offset: 512, of: 'table' },
  })
})

await t.test('a list says what is wrong with it', async (t) => {
  const faults = (partitions: object[]) =>
    builtins['partition-disk'].arguments
      .safeParse({ table: 'gpt', partitions })
      .error?.issues.map(({ path, message }) => [path.join('.'), message])
  t.strictSame(
    faults([
      { number: 1, size: null },
      { number: 2, size: MIB },
    ]),
    [['partitions.0.size', 'may be null for the last partition only']],
  )
  t.strictSame(
    faults([
      { number: 1, size: MIB },
      { number: 1, size: MIB },
    ]),
    [['partitions.1.number', 'is that of two partitions']],
  )
})
