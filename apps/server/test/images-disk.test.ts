import { closeSync, openSync, readSync, truncateSync, writeFileSync } from 'node:fs'
import { checkDisk, checkDiskSize, HEAD_BYTES } from '@eims/image'
import t from 'tap'
import { MiB, noise, sampleDisk, tool } from './support/sample-disk.ts'

await t.test('partition tables made by sgdisk and sfdisk', (t) => {
  const dir = t.testdir()
  const make = (name: string, command: string, args: string[], input?: string) => {
    const path = `${dir}/${name}`
    writeFileSync(path, '')
    truncateSync(path, 64 * MiB)
    tool(command, [...args, path], input ? Buffer.from(input) : undefined)
    const fd = openSync(path, 'r')
    const head = Buffer.alloc(HEAD_BYTES)
    readSync(fd, head)
    closeSync(fd)
    return head
  }
  t.equal(checkDisk(make('gpt', '/usr/sbin/sgdisk', ['-n1:2048:+1M', '-n3:4096:+20M'])), 22 * MiB + 0)
  t.equal(checkDisk(make('mbr', '/usr/sbin/sfdisk', [], '2048,20480\n,,5\n')), 64 * MiB)
  t.throws(() => checkDisk(make('empty-gpt', '/usr/sbin/sgdisk', ['-o'])), /neither a GPT nor an MBR/)
  t.end()
})

await t.test('a GPT of a disk with sectors of 4096 bytes', (t) => {
  const head = Buffer.alloc(HEAD_BYTES)
  head.write('EFI PART', 4096)
  head.writeBigUInt64LE(2n, 4096 + 72)
  head.writeUInt32LE(128, 4096 + 80)
  head.writeUInt32LE(128, 4096 + 84)
  head.fill(1, 8192, 8208)
  head.writeBigUInt64LE(1023n, 8192 + 40)
  t.equal(checkDisk(head), 4 * MiB)
  t.end()
})

await t.test('what is no disk is called by its name', (t) => {
  const file = (offset: number, magic: string) => {
    const head = Buffer.alloc(HEAD_BYTES)
    head.write(magic, offset, 'latin1')
    return head
  }
  t.throws(() => checkDisk(file(0, 'hsqs')), /looks like a squashfs file system/)
  t.throws(() => checkDisk(file(1080, '\x53\xef')), /an ext4 file system without a disk/)
  t.throws(() => checkDisk(file(0, 'KDMV')), /a VMDK image/)
  t.throws(() => checkDisk(noise(40)), { code: 'image-unreadable', message: /neither a GPT nor an MBR/ })
  t.throws(() => checkDisk(file(32769, 'CD001')), /an ISO 9660/)
  const hybrid = Buffer.from(sampleDisk().subarray(0, HEAD_BYTES))
  hybrid.write('CD001', 32769)
  t.doesNotThrow(() => checkDisk(hybrid), 'one with a table boots from a disk as well')
  t.end()
})

await t.test('a FAT boot sector is no partition table, though it ends in 55AA', (t) => {
  const fat = file55aa()
  fat.write('FAT16', 54)
  t.throws(() => checkDisk(fat), /a FAT file system without a disk/)
  noise(64).copy(fat, 446)
  fat.writeUInt16BE(0x55aa, 510)
  t.throws(() => checkDisk(fat), /neither a GPT nor an MBR/)
  t.end()
})

await t.test('a protective MBR without its GPT is no partition table', (t) => {
  const head = file55aa()
  head.writeUInt8(0xee, 450)
  head.writeUInt32LE(0xffffffff, 458)
  t.throws(() => checkDisk(head), /neither a GPT nor an MBR/)
  t.end()
})

await t.test('sizes', (t) => {
  t.doesNotThrow(() => checkDiskSize(4 * MiB, 4 * MiB))
  t.throws(() => checkDiskSize(4 * MiB, 4 * MiB + 512), /it was cut off/)
  t.throws(() => checkDiskSize(4 * MiB + 1, 512), /not a multiple/)
  t.end()
})

function file55aa(): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt16BE(0x55aa, 510)
  return head
}
