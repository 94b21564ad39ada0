import { readFileSync, writeFileSync } from 'node:fs'
import { imageWarnings, whyImageUnfit } from '@eims/contracts'
import { readFacts, refuseForeign } from '@eims/image'
import { getImage } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bench, MiB, sampleDisk, tool } from './support/sample-disk.ts'
import { openSite, settled } from './support/site.ts'

const dir = t.testdir()
let made = 0

type Step = string[] | { command: string[]; input: string }

/** A disk of 64 MiB on which these programs worked; `%` in an argument is its file. */
function disk(steps: Step[], change: (bytes: Buffer) => void = () => {}) {
  made += 1
  const path = `${dir}/${made}.raw`
  const parted = steps[0] === gpt
  writeFileSync(path, parted ? withGpt() : Buffer.alloc(64 * MiB))
  for (const step of parted ? steps.slice(1) : steps) work(path, step)
  const bytes = readFileSync(path)
  change(bytes)
  return bytes
}

function work(path: string, step: Step) {
  const [command, ...args] = (Array.isArray(step) ? step : step.command).map((each) => each.replace('%', path))
  tool(command!, args, Array.isArray(step) ? undefined : Buffer.from(step.input))
}

let table: Buffer | undefined
/** sgdisk sleeps for a second after a disk that it wrote, so what most disks here begin with is made once. */
function withGpt(): Buffer {
  if (table) return table
  const path = `${dir}/gpt.raw`
  writeFileSync(path, Buffer.alloc(64 * MiB))
  work(path, gpt)
  table = readFileSync(path)
  return table
}

const factsOf = (bytes: Buffer) =>
  readFacts(async (offset, length) => bytes.subarray(Math.max(0, offset), Math.max(0, offset) + length), bytes.length)

const code = (bytes: Buffer) => void bytes.write('code', 0)
const gpt = ['/usr/sbin/sgdisk', '-n1:2048:+1M', '-t1:ef02', '-n2:0:+40M', '-t2:ef00', '-n3:0:+10M', '%']
const ESP = 2 * MiB
/** the file system, then folders and files in it, by mtools */
const esp = (bits: '12' | '16' | '32', ...paths: string[]) => [
  [
    'mformat',
    '-i',
    `%@@${ESP}`,
    '-T',
    `${(40 * MiB) / 512}`,
    ...(bits === '32' ? ['-F', '-c', '1'] : ['-c', bits === '12' ? '64' : '2']),
    '-v',
    'ESP',
    '::',
  ],
  ...paths.map((path) =>
    path.endsWith('/')
      ? ['mmd', '-i', `%@@${ESP}`, `::/${path.slice(0, -1)}`]
      : ['mcopy', '-i', `%@@${ESP}`, '/etc/hostname', `::/${path}`],
  ),
]

await t.test('a GPT with everything: its ESP on each kind of FAT', async (t) => {
  for (const bits of ['12', '16', '32'] as const) {
    const many = Array.from({ length: 60 }, (_, index) => `EFI/debian/a file with a long name ${index}.cfg`)
    const bytes = disk(
      [
        gpt,
        ...esp(bits, 'EFI/', 'EFI/BOOT/', 'EFI/debian/', ...many, 'EFI/BOOT/BOOTX64.EFI', 'EFI/debian/shimx64.efi'),
      ],
      code,
    )
    t.strictSame(
      await factsOf(bytes),
      {
        table: 'gpt',
        sectorSize: 512,
        size: 64 * MiB,
        usedEnd: 52 * MiB,
        tail: 33 * 512,
        freeEntries: 125,
        hasSeedPartition: false,
        esp: {
          partition: 2,
          loaders: ['\\EFI\\BOOT\\BOOTX64.EFI', '\\EFI\\debian\\shimx64.efi'],
          signed: ['\\EFI\\BOOT\\BOOTX64.EFI', '\\EFI\\debian\\shimx64.efi'].map((path) => ({
            path,
            digest: null,
            signatures: [],
            fault: 'not-pe',
          })),
        },
        bios: { code: true, partition: 1 },
        faults: [],
      },
      `FAT${bits}`,
    )
  }
})

await t.test('an ESP without a loader, and one without a file system', async (t) => {
  const { esp: empty } = await factsOf(disk([gpt, ...esp('32', 'EFI/', 'EFI/BOOT/', 'EFI/BOOT/grub.cfg')]))
  t.strictSame(empty, { partition: 2, loaders: [], signed: [] })
  t.match(await factsOf(disk([gpt])), { esp: { partition: 2, loaders: null }, bios: { code: false, partition: 1 } })
})

await t.test('an MBR: slots, the active partition, an extended one', async (t) => {
  const input = '2048,20480,83,*\n,20480,5\n,4096,83\n'
  const parted = await factsOf(disk([{ command: ['/usr/sbin/sfdisk', '%'], input }], code))
  t.match(parted, {
    table: 'mbr',
    sectorSize: 512,
    tail: 0,
    freeEntries: 1,
    esp: null,
    bios: { code: true, partition: 1 },
  })
  t.strictSame(parted.faults, [])
  const four = '2048,2048\n,2048\n,2048\n,2048\n'
  t.match(await factsOf(disk([{ command: ['/usr/sbin/sfdisk', '%'], input: four }])), {
    freeEntries: 0,
    usedEnd: 5 * MiB,
  })
})

await t.test('an MBR of a disk with 4096-byte sectors is told by where its file system is', async (t) => {
  const bytes = sampleDisk(64 * MiB)
  bytes.writeUInt32LE(256, 454)
  bytes.writeUInt32LE(4096, 458)
  t.match(await factsOf(bytes), { sectorSize: 512, usedEnd: (256 + 4096) * 512 })
  bytes.writeUInt16LE(0xef53, 256 * 4096 + 1080)
  t.match(await factsOf(bytes), { sectorSize: 4096, usedEnd: (256 + 4096) * 4096 })
  bytes.writeUInt16LE(0xef53, 256 * 512 + 1080)
  t.match(await factsOf(bytes), { sectorSize: 512 }, 'in doubt the usual ones')
})

await t.test('what is wrong with a table is found', async (t) => {
  // The GUID in the header is random, so a byte is turned about and not set.
  const turn = (bytes: Buffer, at: number) => bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
  const faults = async (change: (bytes: Buffer) => void) => (await factsOf(disk([gpt], change))).faults
  t.strictSame(await faults((bytes) => turn(bytes, 512 + 60)), ['header-checksum'])
  t.strictSame(await faults((bytes) => turn(bytes, 1024 + 60)), ['entries-checksum'])
  t.strictSame(await faults((bytes) => bytes.fill(0, 64 * MiB - 512)), ['backup-missing'])
  const mbr = async (input: [number, number][]) => {
    const bytes = sampleDisk(8 * MiB)
    for (const [index, [first, sectors]] of input.entries()) {
      bytes.writeUInt8(0x83, 450 + 16 * index)
      bytes.writeUInt32LE(first, 454 + 16 * index)
      bytes.writeUInt32LE(sectors, 458 + 16 * index)
    }
    return (await factsOf(bytes)).faults
  }
  t.strictSame(
    await mbr([
      [2048, 4096],
      [4096, 4096],
    ]),
    ['overlap'],
  )
  t.strictSame(await mbr([[2048, 99_999]]), ['beyond-image'])
  const reversed = disk([gpt], (bytes) => bytes.writeBigUInt64LE(9n, 1024 + 40))
  t.match((await factsOf(reversed)).faults, ['entries-checksum', 'reversed'])
})

await t.test('a GPT whose entries stand further on, as boards want it, is read, and a cut is noticed', async (t) => {
  const bytes = disk([['/usr/sbin/sgdisk', '--move-main-table=16384', '-n1:32768:+30M', '-t1:8300', '%']])
  const folder = `${dir}/board`
  const { convert } = await bench(folder)
  writeFileSync(`${folder}/board.raw`, bytes)
  const { facts } = await convert(`${folder}/board.raw`)
  t.match(facts, { table: 'gpt', usedEnd: 46 * MiB })
  t.strictSame(facts.faults, [])
  writeFileSync(`${folder}/board.raw`, bytes.subarray(0, 40 * MiB))
  await t.rejects(convert(`${folder}/board.raw`), { code: 'image-unreadable', message: /it was cut off/ })
})

await t.test('bytes that are no table, cut anywhere, never break the reader', async (t) => {
  const whole = disk([gpt, ...esp('32', 'EFI/', 'EFI/BOOT/', 'EFI/BOOT/BOOTX64.EFI')])
  for (const length of [0, 1, 511, 512, 600, 1024, 5000, ESP, ESP + 100, ESP + 512, ESP + 5000, 3 * MiB])
    await t.resolves(factsOf(whole.subarray(0, length)), `${length}`)
  for (let seed = 1; seed < 200; seed += 1) {
    const bytes = Buffer.from(whole.subarray(0, 3 * MiB))
    for (let each = 0; each < 40; each += 1) {
      const place = Math.imul(seed * 7919 + each * 104729, 2654435761) >>> 0
      const [start, room] = each % 2 ? [512, 17_000] : [ESP, 4096]
      bytes[start + (place % room)] = place >>> 24
    }
    await factsOf(bytes)
  }
  t.end()
})

const { fresh } = await startDatabases(t)

await t.test(
  'an image tells its facts and warnings; one of an earlier version gets its own later, from its pieces',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    const path = `${site.dataDir}/image.raw`
    writeFileSync(path, disk([gpt, ...esp('16', 'EFI/', 'EFI/debian/', 'EFI/debian/grubaa64.efi')], code))
    await site.api('addImage', { body: { name: 'golden', path } })
    const image = await settled(site, 'golden')
    t.match(image, {
      state: 'ready',
      facts: { table: 'gpt', esp: { loaders: ['\\EFI\\debian\\grubaa64.efi'] } },
      warnings: [{ code: 'no-efi-loader', slots: { architecture: 'x86_64', found: ['\\EFI\\debian\\grubaa64.efi'] } }],
    })
    await site.db.$executeRaw`update image set facts = null`
    const without = await settled(site, 'golden')
    t.equal(without.facts, null)
    t.strictSame(without.warnings, [])
    await site.jobs.findMissingFacts()
    t.strictSame(await getImage(site.db, 'golden'), image, 'its manifest is the same')
  },
)

/** An ISO by xorriso, with an EFI image, boot code for a BIOS, or none. */
function iso(name: string, ...options: string[]): Buffer {
  const tree = t.testdir({
    'boot.img': Buffer.alloc(2048, 'b'),
    'mbr.bin': Buffer.alloc(432, 'c'),
    tree: { file: 'x' },
  })
  const image = `${tree}/tree/efi.img`
  writeFileSync(image, Buffer.alloc(2 * MiB))
  tool('mformat', ['-i', image, '-T', '4096', '-h', '2', '-s', '32', '::'])
  tool('mmd', ['-i', image, '::/EFI', '::/EFI/BOOT'])
  tool('mcopy', ['-i', image, `${tree}/mbr.bin`, '::/EFI/BOOT/BOOTX64.EFI'])
  writeFileSync(`${tree}/tree/boot.img`, Buffer.alloc(2048, 'b'))
  const given = options.map((each) => each.replace('%', tree))
  tool('xorriso', ['-as', 'mkisofs', '-o', `${tree}/${name}`, ...given, `${tree}/tree`])
  return readFileSync(`${tree}/${name}`)
}

const bios = [
  '-b',
  'boot.img',
  '-no-emul-boot',
  '-boot-load-size',
  '4',
  '-c',
  'boot.cat',
  '-isohybrid-mbr',
  '%/mbr.bin',
]
const uefi = ['-eltorito-alt-boot', '-e', 'efi.img', '-no-emul-boot', '-isohybrid-gpt-basdat']

await t.test('a hybrid ISO: what starts it from a disk, and that it takes no seed', async (t) => {
  const both = iso('both.iso', ...bios, ...uefi)
  const facts = await factsOf(both)
  t.match(facts, {
    table: 'mbr',
    sectorSize: 512,
    iso: true,
    bios: { code: true },
    esp: { loaders: ['\\EFI\\BOOT\\BOOTX64.EFI'] },
  })
  const target = { architecture: 'x86_64', disk: { path: '/dev/sda', size: 1e9, sectorSize: 512 } } as const
  for (const firmware of ['bios', 'uefi'] as const) {
    t.equal(whyImageUnfit(facts, { ...target, firmware }, false), null, firmware)
    t.match(whyImageUnfit(facts, { ...target, firmware }, true), { code: 'iso-takes-no-seed' }, firmware)
  }
  const only = await factsOf(iso('bios.iso', ...bios))
  t.match(only, { iso: true, esp: null })
  t.match(whyImageUnfit(only, { ...target, firmware: 'uefi' }, false), { code: 'no-efi-partition' })
  t.match(imageWarnings(facts, 'x86_64'), [{ code: 'iso-takes-no-seed' }])
  refuseForeign('raw', both.subarray(0, 64 * 1024))
  t.throws(() => refuseForeign('raw', iso('plain.iso').subarray(0, 64 * 1024)), { code: 'image-unreadable' })
  t.notOk('iso' in (await factsOf(disk([gpt]))))
})
