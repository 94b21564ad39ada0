import { closeSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { seedHandler } from '../src/actions/seed.ts'
import { chose, fakeContext } from './support/context.ts'
import { gptByFdisk, MIB, tool, verifyByFdisk } from './support/disks.ts'
import { addDisk, fakeMachine } from './support/machine.ts'

const documents = {
  metaData: 'instance-id: run-1\nlocal-hostname: bench-7\n',
  userData: `#cloud-config\n# ${'long '.repeat(3000)}\n`,
  vendorData: '#cloud-config\n{}\n',
  networkConfig: 'version: 2\n',
}

for (const sectorSize of [512, 4096])
  await t.test(`behind an image's GPT, on a larger disk with ${sectorSize}-byte sectors`, async (t) => {
    const machine = fakeMachine(t)
    const size = 128 * MIB
    const node = addDisk(machine, { name: 'sda', size: 0, sectorSize })
    truncateSync(node, 0)
    gptByFdisk(node, 64 * MIB, sectorSize)
    truncateSync(node, size)
    // the disk is larger than the image: sysfs tells
    const real = fakeMachine(t)
    addDisk(real, { name: 'sda', size, sectorSize })
    const context = fakeContext(t, { ...real, devRoot: machine.devRoot }, { results: chose('/dev/sda', size) })

    const partitions = () =>
      tool('fdisk', ['-b', String(sectorSize), '-l', '-o', 'Start,End,UUID', node])
        .split('\n')
        .filter((line) => /^ *\d/.test(line))
        .map((line) => line.trim().split(/ +/).join(' '))
    const before = partitions()
    t.strictSame(await seedHandler(documents, context), { result: { partition: 3 } })

    const verdict = verifyByFdisk(node, sectorSize)
    t.match(verdict, /No errors detected/)
    t.match(verdict, /Microsoft basic data/)
    const [esp, root] = before
    const behindRoot = (size - 9 * MIB) / sectorSize - 1
    const grown = root!.replace(/ \d+ /, ` ${behindRoot} `)
    t.strictSame(partitions().slice(0, 2), [esp, grown], 'the image’s own stay, its root reaches to the seed')
    t.equal(readFileSync(node).readUInt32LE(446 + 12), size / sectorSize - 1, 'the protective MBR covers the disk')
    if (sectorSize === 512) {
      t.match(tool('sgdisk', ['-v', node]), /No problems found/)
      t.match(tool('sfdisk', ['-V', node]), /No errors detected/)
      t.match(tool('sgdisk', ['-i3', node]), /Partition name: 'CIDATA'/)
    }

    const offset = size - 9 * MIB
    const volume = join(machine.dir, 'volume')
    tool('dd', [`if=${node}`, `of=${volume}`, 'bs=1M', `skip=${offset / MIB}`, 'count=8'])
    // the label counts as a file
    t.match(tool('fsck.vfat', ['-nv', volume]), /volume: 5 files, 7\/204[12] clusters\n$/)
    t.match(tool('blkid', ['-p', '-o', 'export', volume]), /LABEL=CIDATA/)
    for (const [name, text] of [
      ['meta-data', documents.metaData],
      ['user-data', documents.userData],
      ['vendor-data', documents.vendorData],
      ['network-config', documents.networkConfig],
    ] as const)
      t.equal(tool('mtype', ['-i', `${node}@@${offset}`, `::${name}`]), text, name)

    const again = await seedHandler({ ...documents, networkConfig: '', metaData: 'instance-id: run-2\n' }, context)
    t.strictSame(again, { result: { partition: 3 } }, 'a second attempt uses the same partition')
    t.equal(verifyByFdisk(node, sectorSize).match(/Microsoft basic data/g)?.length, 1)
    t.equal(tool('mtype', ['-i', `${node}@@${offset}`, '::meta-data']), 'instance-id: run-2\n')
    t.notMatch(tool('mdir', ['-b', '-i', `${node}@@${offset}`]), /network-config/)
    t.equal(statSync(node).size, size)
  })

await t.test('one damaged copy of the table is made whole from the other', async (t) => {
  const backup = 64 * MIB - 512
  for (const [what, offset, count] of [
    ['the primary header', 568, 8],
    ['the whole sector of it', 512, 512],
    ['the primary entries', 1100, 8],
    ['the backup header', backup + 56, 8],
    ['the backup entries', backup - 32 * 512 + 76, 8],
  ] as const)
    await t.test(what, async (t) => {
      const machine = fakeMachine(t)
      const node = addDisk(machine, { name: 'sda', size: 64 * MIB })
      tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', '-n2:0:+8M', node])
      const guids = () => tool('sgdisk', ['-i1', '-i2', node]).match(/unique GUID: (\S+)/g)
      const before = guids()
      tool('dd', ['if=/dev/urandom', `of=${node}`, 'bs=1', `seek=${offset}`, `count=${count}`, 'conv=notrunc'])
      const context = fakeContext(t, machine, { results: chose('/dev/sda', 64 * MIB) })
      t.strictSame(await seedHandler(documents, context), { result: { partition: 3 } })
      t.match(tool('sgdisk', ['-v', node]), /No problems found/)
      t.strictSame(guids(), before)
      t.strictSame(await seedHandler(documents, context), { result: { partition: 3 } }, 'twice the same one')
    })
})

await t.test('refuses', async (t) => {
  const at = (t: Parameters<typeof fakeMachine>[0], size: number, sectorSize = 512) => {
    const machine = fakeMachine(t)
    const node = addDisk(machine, { name: 'sda', size, sectorSize })
    return { node, context: fakeContext(t, machine, { results: chose('/dev/sda', size) }) }
  }
  await t.test('a disk that the image fills', async (t) => {
    const { node, context } = at(t, 32 * MIB)
    tool('sgdisk', ['-n1:2048:0', node])
    const before = readFileSync(node)
    await t.rejects(seedHandler(documents, context), {
      message: 'The image fills /dev/sda: there is no room behind its last partition for the cloud-init seed (4 MiB)',
    })
    t.ok(before.equals(readFileSync(node)), 'and leaves it as it was')
  })
  const damage = (node: string, ...offsets: number[]) => {
    for (const offset of offsets)
      tool('dd', ['if=/dev/urandom', `of=${node}`, 'bs=1', `seek=${offset}`, 'count=8', 'conv=notrunc'])
  }
  /** in both tables: the second sector of the entries, the disk GUID in the header */
  const backup = 64 * MIB - 512
  const entries = [1100, backup - 32 * 512 + 76]
  const headers = [568, backup + 56]
  await t.test('a table that is damaged with its backup', async (t) => {
    const { node, context } = at(t, 64 * MIB)
    tool('sgdisk', ['-n1:2048:+8M', node])
    damage(node, ...entries)
    await t.rejects(seedHandler(documents, context), {
      message:
        'The GPT on /dev/sda cannot be trusted: the checksum of its entries is wrong; nor can its backup at the end of the disk: the checksum of its entries is wrong',
    })
  })
  await t.test('two damaged headers', async (t) => {
    const { node, context } = at(t, 64 * MIB)
    tool('sgdisk', ['-n1:2048:+8M', node])
    damage(node, ...headers)
    const message = /the checksum of its header is wrong; nor can its backup .* the checksum of its header is wrong$/
    await t.rejects(seedHandler(documents, context), { message })
  })
  await t.test('a damaged table where none is at the end of the disk', async (t) => {
    const { node, context } = at(t, 64 * MIB)
    tool('sgdisk', ['-n1:2048:+8M', node])
    damage(node, entries[0]!)
    tool('dd', ['if=/dev/zero', `of=${node}`, 'bs=512', `seek=${backup / 512}`, 'count=1', 'conv=notrunc'])
    await t.rejects(seedHandler(documents, context), { message: /; nor can its backup .*: there is no header/ })
  })
  await t.test('a damaged table with the backup of an earlier installation behind it', async (t) => {
    const { node, context } = at(t, 64 * MIB)
    tool('sgdisk', ['-n1:2048:+16M', node])
    const former = readFileSync(node).subarray(-33 * 512)
    tool('sgdisk', ['-o', '-n1:2048:+8M', node])
    const file = openSync(node, 'r+')
    writeSync(file, former, 0, former.length, 64 * MIB - former.length)
    closeSync(file)
    damage(node, entries[0]!)
    await t.rejects(seedHandler(documents, context), { message: /nor can its backup .*: it belongs to another table$/ })
  })
  await t.test('a header that is gone, and it is no MBR disk either', async (t) => {
    const { node, context } = at(t, 64 * MIB)
    tool('sgdisk', ['-n1:2048:+8M', node])
    tool('dd', ['if=/dev/zero', `of=${node}`, 'bs=512', 'seek=1', 'count=1', 'conv=notrunc'])
    damage(node, headers[1]!)
    await t.rejects(seedHandler(documents, context), { message: /there is no header where one belongs; nor can/ })
  })
  await t.test('an image for the other sector size', async (t) => {
    const { node, context } = at(t, 64 * MIB, 4096)
    tool('sgdisk', ['-n1:2048:+8M', node])
    await t.rejects(seedHandler(documents, context), {
      message: 'The image is made for disks with 512-byte sectors, /dev/sda has 4096-byte sectors',
    })
  })
  await t.test('an image without a table', async (t) => {
    const { context } = at(t, 64 * MIB)
    await t.rejects(seedHandler(documents, context), { message: /neither a GPT nor an MBR/ })
  })
  await t.test('documents that do not fit', async (t) => {
    const { node, context } = at(t, 64 * MIB)
    tool('sgdisk', ['-n1:2048:+8M', node])
    await t.rejects(seedHandler({ ...documents, userData: 'x'.repeat(9 * MIB) }, context), { message: /do not fit/ })
  })
  await t.test('a plan without a chosen disk', async (t) => {
    const { context } = at(t, 64 * MIB)
    await t.rejects(seedHandler(documents, { ...context, results: {} }), { message: /no choose-disk action/ })
  })
  await t.test('when the chosen disk is gone', async (t) => {
    const { context } = at(t, 64 * MIB)
    await t.rejects(seedHandler(documents, { ...context, results: chose('/dev/sda', 32 * MIB) }), {
      message: 'The chosen disk /dev/sda (serial unknown) is no longer in this machine',
    })
  })
})
