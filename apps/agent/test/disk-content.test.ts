import { execFileSync } from 'node:child_process'
import { openSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PROBE_BYTES, recognise } from '../src/hardware/disk-content.ts'
import { tempDir } from './support/context.ts'
import { noise } from './support/image.ts'

const SIZE = 16 * 1024 * 1024

const of = (bytes: Buffer) =>
  recognise({ head: bytes.subarray(0, PROBE_BYTES), tail: bytes.subarray(-PROBE_BYTES), size: bytes.length })
const with_ = (at: number, magic: string | number[], size = SIZE) => {
  const bytes = Buffer.alloc(size)
  Buffer.from(magic as string, 'latin1').copy(bytes, at < 0 ? size + at : at)
  return bytes
}

await t.test('made by foreign tools', async (t) => {
  const dir = tempDir(t)
  const commands: [string, string[], string?][] = [
    ['gpt', ['sgdisk', '-n1:2048:0']],
    ['mbr', ['sfdisk', '-q'], 'label: dos\n2048,8192,83\n'],
    ['ext4', ['mkfs.ext4', '-q']],
    ['ext3', ['mkfs.ext3', '-q']],
    ['ext2', ['mkfs.ext2', '-q']],
    ['swap', ['mkswap']],
    ['fat12', ['mkfs.vfat', '-F12']],
    ['fat16', ['mkfs.vfat', '-F16']],
    ['fat32', ['mkfs.vfat', '-F32', '-s1']],
  ]
  for (const [found, [command, ...args], input] of commands)
    await t.test(found, async (t) => {
      const file = join(dir, found)
      openSync(file, 'a')
      truncateSync(file, found === 'fat32' ? 4 * SIZE : SIZE)
      execFileSync(command!, [...args, file], { input: input ?? '', stdio: ['pipe', 'ignore', 'ignore'] })
      t.strictSame(of(readFileSync(file)), { blank: false, found })
    })
})

await t.test('by their signatures', async (t) => {
  const K = 1024
  const cases: [string, Buffer][] = [
    ['gpt', with_(4096, 'EFI PART')],
    ['gpt', with_(-512, 'EFI PART')],
    ['gpt', with_(-4096, 'EFI PART')],
    ['lvm2', with_(512 + 24, 'LVM2 001')],
    ['luks', with_(0, 'LUKS\xba\xbe')],
    ['xfs', with_(0, 'XFSB')],
    ['btrfs', with_(64 * K + 64, '_BHRfS_M')],
    ['ntfs', with_(3, 'NTFS    ')],
    ['bitlocker', with_(3, '-FVE-FS-')],
    ['iso9660', with_(32 * K + 1, 'CD001')],
    ['zfs', with_(131 * K, [0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0])],
    ['linux-raid', with_(4096, [0xfc, 0x4e, 0x2b, 0xa9])],
    ['linux-raid', with_(-8 * K, [0xfc, 0x4e, 0x2b, 0xa9])],
    ['linux-raid', with_(-64 * K, [0xfc, 0x4e, 0x2b, 0xa9])],
    ['intel-raid', with_(-1024, 'Intel Raid ISM Cfg Sig. ')],
    ['boot sector', with_(510, [0x55, 0xaa])],
  ]
  for (const [found, bytes] of cases) t.strictSame(of(bytes), { blank: false, found }, found)
})

await t.test('bytes that nobody knows are somebody’s', async (t) => {
  const unknown = { blank: false, found: 'unknown data' }
  t.strictSame(of(noise(SIZE)), unknown, 'noise, as plain dm-crypt looks')
  t.strictSame(of(with_(0, 'bluestore block device\n')), unknown, 'Ceph')
  t.strictSame(of(with_(PROBE_BYTES - 1, 'x')), unknown, 'one byte at the end of the first MiB')
  t.strictSame(of(with_(-PROBE_BYTES, 'x')), unknown, 'one byte at the start of the last')
})

await t.test('blank', async (t) => {
  t.strictSame(of(Buffer.alloc(SIZE)), { blank: true, found: null }, 'zeros')
  t.strictSame(of(Buffer.alloc(1024)), { blank: true, found: null }, 'a tiny disk')
  t.strictSame(of(Buffer.alloc(0)), { blank: true, found: null }, 'nothing to read')
})
