import t, { type Test } from 'tap'
import { seedHandler } from '../src/actions/seed.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, tool } from './support/disks.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const documents = { metaData: 'instance-id: run-1\n', userData: '#cloud-config\n', vendorData: '', networkConfig: '' }
const SIZE = 128 * MIB

/** The sizes in MiB of an image's partitions, before and after its seed is made twice. */
async function sizes(t: Test, table: 'gpt' | 'dos', script: string, args: { growRoot?: boolean } = {}) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sda', size: SIZE })
  tool('sfdisk', ['-q', node], `label: ${table}\n${script}`)
  const context = fakeContext(t, machine, { results: chose('/dev/sda', SIZE) })
  const read = () =>
    [...tool('sfdisk', ['-d', node]).matchAll(/size= *(\d+)/g)].map(([, sectors]) =>
      Math.round((Number(sectors) * 512) / MIB),
    )
  const before = read()
  await seedHandler({ ...documents, ...args }, context)
  const after = read()
  await seedHandler({ ...documents, ...args }, context)
  t.strictSame(read(), after, 'a second time nothing changes')
  t.match(tool('sfdisk', ['-V', node]), /No errors detected/)
  if (table === 'gpt') t.match(tool('sgdisk', ['-v', node]), /No problems found/)
  return { before, after }
}

const LVM = 'E6D6D379-F507-44C2-A23C-238F2A3DF928'
const RECOVERY = 'DE94BBA4-06D1-4D40-A16A-BFD50179D6AC'
const ROOT_X86_64 = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'
const ROOT_ARM64 = 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE'
const ROOT_VERITY = '2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5'
const VAR = '4D21B016-B534-45C2-A9FB-5C16E091FD2D'

/** What an image has, and the sizes that it comes to: the seed begins at MiB 119, on an MBR at 120. */
const gpt = [
  ['the last one is Linux', 'size=8M, type=U\nsize=16M, type=L\n', [8, 110]],
  ['a root for x86-64', `size=8M, type=U\nsize=16M, type=${ROOT_X86_64}\n`, [8, 110]],
  ['a root for arm64', `size=16M, type=${ROOT_ARM64}\n`, [118]],
  ['/var of an immutable image', `size=8M, type=${ROOT_X86_64}\nsize=16M, type=${VAR}\n`, [8, 110]],
  ['a root in front of its verity', `size=16M, type=${ROOT_X86_64}\nsize=8M, type=${ROOT_VERITY}\n`, [16, 8]],
  ['root as number 1, behind the others', 'start=32M, size=16M, type=L\nstart=1M, size=8M, type=U\n', [87, 8]],
  ['a root in front of swap', 'size=16M, type=L\nsize=8M, type=S\n', [16, 8]],
  ['a root in front of an ESP', 'size=16M, type=L\nsize=8M, type=U\n', [16, 8]],
  ['a root in front of a recovery partition', `size=16M, type=L\nsize=8M, type=${RECOVERY}\n`, [16, 8]],
  ['LVM', `size=16M, type=${LVM}\n`, [16]],
  ['RAID', 'size=16M, type=R\n', [16]],
] as const

for (const [name, script, grown] of gpt)
  await t.test(`GPT: ${name}`, async (t) => {
    const { before, after } = await sizes(t, 'gpt', script)
    t.strictSame(after.slice(0, before.length), grown)
    t.strictSame(after.slice(before.length), [8], 'and the seed')
  })

const mbr = [
  ['the last one is Linux', 'size=8M, type=ef\nsize=16M, type=83\n', [8, 110]],
  ['a root in front of swap', 'size=16M, type=83\nsize=8M, type=82\n', [16, 8]],
  ['a root inside of an extended partition', 'size=8M, type=83\nsize=32M, type=5\n', [8, 32]],
  ['LVM', 'size=16M, type=8e\n', [16]],
  ['FAT', 'size=16M, type=c\n', [16]],
] as const

for (const [name, script, grown] of mbr)
  await t.test(`MBR: ${name}`, async (t) => {
    const { before, after } = await sizes(t, 'dos', script)
    t.strictSame(after.slice(0, before.length), grown)
    t.strictSame(after.slice(before.length), [8], 'and the seed')
  })

await t.test('a profile may leave it as it is', async (t) => {
  for (const table of ['gpt', 'dos'] as const)
    t.strictSame((await sizes(t, table, 'size=16M, type=L\n', { growRoot: false })).after, [16, 8], table)
})

await t.test('a CIDATA partition of the image’s own in front of the root', async (t) => {
  const script = 'size=8M, type=U, name=CIDATA\nsize=16M, type=L\n'
  t.strictSame((await sizes(t, 'gpt', script)).after, [8, 118], 'the root has the rest of the disk')
})
