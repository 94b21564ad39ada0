import { readFileSync, writeFileSync } from 'node:fs'
import { say } from '@eims/contracts'
import t from 'tap'
import { bench, sampleDisk, tool } from './support/sample-disk.ts'

const disk = sampleDisk()
const dir = t.testdir({ 'disk.raw': disk, 'box.ovf': '<Envelope/>' })
const made = (name: string, command: string, ...args: string[]) => {
  tool(command, args)
  return [name, readFileSync(`${dir}/${name}`)] as const
}
const image = (name: string, format: string, ...options: string[]) =>
  made(name, 'qemu-img', 'convert', '-f', 'raw', '-O', format, ...options, `${dir}/disk.raw`, `${dir}/${name}`)

await t.test('a file of another format is called by its name, with the command that helps', async (t) => {
  const { convert } = await bench(dir)
  const files: [string, Buffer, string][] = [
    ['vhd', image('dynamic.vhd', 'vpc')[1], 'qemu-img convert -f vpc -O qcow2 FILE NEW.qcow2'],
    ['vhd', image('fixed.vhd', 'vpc', '-o', 'subformat=fixed')[1], 'qemu-img convert -f vpc -O qcow2 FILE NEW.qcow2'],
    ['vmdk', image('sparse.vmdk', 'vmdk')[1], 'qemu-img convert -f vmdk -O qcow2 FILE NEW.qcow2'],
    [
      'vmdk',
      image('stream.vmdk', 'vmdk', '-o', 'subformat=streamOptimized')[1],
      'qemu-img convert -f vmdk -O qcow2 FILE NEW.qcow2',
    ],
    [
      'vmdk',
      image('flat.vmdk', 'vmdk', '-o', 'subformat=monolithicFlat')[1],
      'qemu-img convert -f vmdk -O qcow2 FILE NEW.qcow2',
    ],
    ['vdi', image('disk.vdi', 'vdi')[1], 'qemu-img convert -f vdi -O qcow2 FILE NEW.qcow2'],
    ['vhdx', image('disk.vhdx', 'vhdx')[1], 'qemu-img convert -f vhdx -O qcow2 FILE NEW.qcow2'],
    ['bz2', tool('bzip2', ['-c'], disk), 'bunzip2 FILE'],
    ['lz4', tool('lz4', ['-c'], disk), 'lz4 -d FILE NEW'],
    ['lz4', tool('lz4', ['-l', '-c'], disk), 'lz4 -d FILE NEW'],
    [
      'iso',
      made('disc.iso', 'xorriso', '-as', 'mkisofs', '-o', `${dir}/disc.iso`, `${dir}/box.ovf`)[1],
      'it starts from an optical drive only; take the publisher’s disk or cloud image, or a hybrid ISO',
    ],
    ['tar', tool('tar', ['-C', dir, '-c', 'disk.raw']), 'tar -xf FILE'],
    [
      'ova',
      tool('tar', ['-C', dir, '-c', 'box.ovf', 'sparse.vmdk']),
      'tar -xf FILE && qemu-img convert -f vmdk -O qcow2 DISK.vmdk NEW.qcow2',
    ],
    ['zip', Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), disk]), 'unzip FILE'],
    ['7z', Buffer.concat([Buffer.from('377abcaf271c0004', 'hex'), disk]), '7z x FILE'],
  ]
  for (const [format, file, remedy] of files) {
    writeFileSync(`${dir}/file`, file)
    const fault = await convert(`${dir}/file`).catch((error) => error)
    t.match(fault, { code: 'image-unreadable' }, format)
    t.same(fault.reason, { code: 'image-format', slots: { format, remedy } }, format)
    t.equal(fault.message, say(fault.reason))
  }
})

await t.test('what is packed twice is unpacked once by a person', async (t) => {
  const { convert } = await bench(dir)
  const qcow2 = image('disk.qcow2', 'qcow2')[1]
  const files: [string, string, Buffer, string][] = [
    ['xz', 'gz', tool('xz', ['-0c'], tool('gzip', ['-1c'], disk)), 'unxz FILE'],
    ['gz', 'qcow2', tool('gzip', ['-1c'], qcow2), 'gunzip FILE'],
    ['zst', 'xz', tool('zstd', ['-qc'], tool('xz', ['-0c'], disk)), 'unzstd FILE'],
    ['gz', 'tar', tool('tar', ['-C', dir, '-cz', 'disk.raw']), 'gunzip FILE; tar -xf FILE'],
    [
      'gz',
      'vhd',
      tool('gzip', ['-1c'], readFileSync(`${dir}/fixed.vhd`)),
      'gunzip FILE; qemu-img convert -f vpc -O qcow2 FILE NEW.qcow2',
    ],
  ]
  for (const [outer, inner, file, remedy] of files) {
    writeFileSync(`${dir}/file`, file)
    const fault = await convert(`${dir}/file`).catch((error) => error)
    t.same(fault.reason, { code: 'image-packed-twice', slots: { outer, inner, remedy } }, `${inner} in ${outer}`)
  }
})
