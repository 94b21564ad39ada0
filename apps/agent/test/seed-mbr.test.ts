import { readFileSync } from 'node:fs'
import t from 'tap'
import { seedHandler } from '../src/actions/seed.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, tool } from './support/disks.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const documents = { metaData: 'instance-id: run-1\n', userData: '#cloud-config\n', vendorData: '', networkConfig: '' }

function mbrDisk(t: Parameters<typeof fakeMachine>[0], script: string) {
  const machine = fakeMachine(t)
  const size = 64 * MIB
  const node = addDisk(machine, { name: 'sda', size })
  tool('sfdisk', ['-q', node], `label: dos\nlabel-id: 0x11223344\n${script}`)
  return { node, context: fakeContext(t, machine, { results: chose('/dev/sda', size) }) }
}

await t.test('a free primary slot is used, twice the same one', async (t) => {
  const { node, context } = mbrDisk(t, 'start=2048, size=32768, type=83, bootable\n')
  for (const id of ['run-1', 'run-2']) {
    const { result } = await seedHandler({ ...documents, metaData: `instance-id: ${id}\n` }, context)
    t.strictSame(result, { partition: 2 })
    t.match(tool('sfdisk', ['-V', node]), /No errors detected/)
    t.equal(
      tool('sfdisk', ['-d', node])
        .split('\n')
        .filter((line) => line.startsWith(node))
        .map((line) => line.slice(node.length))
        .join('\n'),
      '1 : start=        2048, size=      110592, type=83, bootable\n2 : start=      112640, size=       16384, type=c',
    )
    t.equal(tool('mtype', ['-i', `${node}@@${55 * MIB}`, '::meta-data']), `instance-id: ${id}\n`)
  }
})

await t.test('a FAT partition of the image where the seed would be is not taken for it', async (t) => {
  const full = {
    message: 'The image fills /dev/sda: there is no room behind its last partition for the cloud-init seed (4 MiB)',
  }
  for (const [name, start, label] of [
    ['of another label', 110, 'DATA'],
    ['of another size', 96, 'CIDATA'],
  ] as const)
    await t.test(name, async (t) => {
      const { node, context } = mbrDisk(
        t,
        `start=2048, size=32768, type=83\nstart=${start * 1024}, size=${(126 - start) * 1024}, type=c\n`,
      )
      tool('mkfs.vfat', ['-F12', '-n', label, '--offset', String(start * 1024), node, String(64512 - start * 512)])
      const before = readFileSync(node)
      await t.rejects(seedHandler(documents, context), full)
      t.ok(before.equals(readFileSync(node)))
    })
})

await t.test('refuses when all four are taken, and leaves the disk as it was', async (t) => {
  const { node, context } = mbrDisk(t, 'size=4M\nsize=4M\nsize=4M\nsize=4M\n')
  const before = readFileSync(node)
  await t.rejects(seedHandler(documents, context), {
    message: 'The image uses all four primary partitions of its MBR, so none is left for the cloud-init seed',
  })
  t.ok(before.equals(readFileSync(node)))
})
