import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signatureOf } from '../src/disk/signature.ts'
import { tempDir } from './support/context.ts'
import { MIB, sparse, tool } from './support/disks.ts'

const UUID = '0c57cb7c-a4d8-4b1a-9e6f-0f3f4f3a2b1c'
const raw = Buffer.from(UUID.replaceAll('-', ''), 'hex')
const K = 1024

/** The start of a partition with these bytes in their places. */
function head(...parts: [at: number, bytes: string | Buffer][]): Buffer {
  const bytes = Buffer.alloc(68 * K)
  for (const [at, part] of parts) Buffer.from(part as string, 'latin1').copy(bytes, at)
  return bytes
}

const uuid = { kind: 'uuid', value: UUID }
const label = { kind: 'label', value: 'root' }
const physicalVolume = 'bXcYdZ0123456789abcdefghijABCDEF'
const laidOut: [string, Buffer, object | null][] = [
  ['xfs', head([0, 'XFSB'], [32, raw], [108, 'root']), { names: [uuid, label], magic: [[0, 4]] }],
  [
    'btrfs',
    head([64 * K + 32, raw], [64 * K + 64, '_BHRfS_M'], [64 * K + 299, 'root']),
    { names: [uuid, label], magic: [[64 * K + 64, 8]] },
  ],
  ['LUKS', head([0, 'LUKS\xba\xbe'], [168, UUID]), { names: [uuid], magic: null }],
  [
    'LVM',
    head([512, 'LABELONE'], [512 + 20, Buffer.from([32, 0, 0, 0])], [512 + 24, 'LVM2 001'], [512 + 32, physicalVolume]),
    { names: [{ kind: 'uuid', value: physicalVolume.toLowerCase() }], magic: null },
  ],
  ['nothing', head(), null],
  ['a boot sector that is no FAT', head([510, '\x55\xaa']), null],
]
for (const [name, bytes, expected] of laidOut)
  await t.test(name, async (t) => t.strictSame(signatureOf(bytes), expected))

/** By the tools that make them; blkid says what a Linux finds before and after. */
const made: [string, number, (file: string) => void, RegExp][] = [
  ['ext4', 8, (file) => tool('mkfs.ext4', ['-q', '-L', 'root', '-U', UUID, file]), /LABEL="root" UUID="0c57cb7c/],
  ['swap', 8, (file) => tool('mkswap', ['-L', 'root', '-U', UUID, file]), /LABEL="root" UUID="0c57cb7c/],
  ['FAT12', 4, (file) => tool('mkfs.vfat', ['-F', '12', '-n', 'root', '-i', '1234abcd', file]), /LABEL="root"/],
  ['FAT16', 32, (file) => tool('mkfs.vfat', ['-F', '16', '-n', 'root', '-i', '1234abcd', file]), /LABEL="root"/],
  ['FAT32', 64, (file) => tool('mkfs.vfat', ['-F', '32', '-n', 'root', '-i', '1234abcd', file]), /LABEL="root"/],
]
const dir = tempDir(t)
for (const [name, size, make, seen] of made)
  await t.test(name, async (t) => {
    const file = sparse(join(dir, name), size * MIB)
    make(file)
    const blkid = () => tool('sh', ['-c', `blkid -p ${file} || true`])
    t.match(blkid(), seen)
    const found = signatureOf(readFileSync(file).subarray(0, 68 * K))
    t.match(found?.names, [name.startsWith('FAT') ? { kind: 'uuid', value: '1234abcd' } : uuid, label])
    for (const [offset, length] of found?.magic ?? [])
      tool('dd', ['if=/dev/zero', `of=${file}`, 'bs=1', `seek=${offset}`, `count=${length}`, 'conv=notrunc'])
    t.notMatch(blkid(), /LABEL|UUID/, 'without its magic nobody finds it')
    t.equal(signatureOf(readFileSync(file).subarray(0, 68 * K)), null)
  })
