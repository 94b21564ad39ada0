import t from 'tap'
import { efiLoader, type ImageFacts, imageWarnings, type Reason, type Target, whyImageUnfit } from '../src/index.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB
const usual = ['\\EFI\\BOOT\\BOOTX64.EFI']

const facts: ImageFacts = {
  table: 'gpt',
  sectorSize: 512,
  size: 2 * GIB,
  usedEnd: 2 * GIB - MIB,
  tail: 33 * 512,
  freeEntries: 125,
  hasSeedPartition: false,
  esp: { partition: 1, loaders: usual },
  bios: { code: true, partition: 2 },
  faults: [],
}
const machine: Target = {
  firmware: 'uefi',
  architecture: 'x86_64',
  disk: { path: '/dev/sda', size: 8 * GIB, sectorSize: 512 },
}
const codeOf = (
  of: Partial<ImageFacts>,
  at: Partial<Target> & { size?: number; sectorSize?: number } = {},
  seeded = true,
) => {
  const { size = 8 * GIB, sectorSize = 512, ...more } = at
  return whyImageUnfit(
    { ...facts, ...of },
    { ...machine, ...more, disk: { path: '/dev/sda', size, sectorSize } },
    seeded,
  )
}
const bios = { firmware: 'bios' } as const
const mbr = { table: 'mbr', tail: 0, freeEntries: 2 } as const

await t.test('what cannot work is refused, and what can is not', (t) => {
  const cases: [string, Partial<ImageFacts>, Parameters<typeof codeOf>[1], Reason | null][] = [
    ['a usual image', {}, {}, null],
    ['the same on a BIOS', {}, bios, null],
    [
      'larger than the disk',
      {},
      { size: 2 * GIB - 512 },
      { code: 'image-too-large', slots: { bytes: 2 * GIB, disk: '/dev/sda', size: 2 * GIB - 512 } },
    ],
    ['as large as the disk', {}, { size: 2 * GIB }, { code: 'image-fills-disk', slots: { disk: '/dev/sda' } }],
    ['with room for the seed to the byte', { usedEnd: 2 * GIB - 5 * MIB }, { size: 2 * GIB }, null],
    [
      'one byte less',
      { usedEnd: 2 * GIB - 5 * MIB + 1 },
      { size: 2 * GIB },
      { code: 'image-fills-disk', slots: { disk: '/dev/sda' } },
    ],
    ['as large as the disk, with a seed partition of its own', { hasSeedPartition: true }, { size: 2 * GIB }, null],
    [
      'a GPT of 512 on 4Kn',
      {},
      { sectorSize: 4096 },
      { code: 'sector-size', slots: { image: 512, disk: '/dev/sda', sectorSize: 4096 } },
    ],
    [
      'a GPT of 4096 on 512',
      { sectorSize: 4096 },
      {},
      { code: 'sector-size', slots: { image: 4096, disk: '/dev/sda', sectorSize: 512 } },
    ],
    ['a GPT of 4096 on 4Kn', { sectorSize: 4096 }, { sectorSize: 4096 }, null],
    [
      'an MBR on 4Kn',
      mbr,
      { sectorSize: 4096 },
      { code: 'sector-size', slots: { image: 512, disk: '/dev/sda', sectorSize: 4096 } },
    ],
    ['an MBR', mbr, bios, null],
    ['four primaries', { ...mbr, freeEntries: 0 }, bios, { code: 'partition-table-full', slots: { table: 'mbr' } }],
    ['a full GPT', { freeEntries: 0 }, {}, { code: 'partition-table-full', slots: { table: 'gpt' } }],
    ['no table', { table: 'none' }, {}, { code: 'no-partition-table', slots: {} }],
    [
      'an MBR that goes beyond what 32 bits reach',
      { ...mbr, size: 2 * 1024 * GIB, usedEnd: 2 * 1024 * GIB - MIB },
      { ...bios, size: 4 * 1024 * GIB },
      { code: 'image-fills-disk', slots: { disk: '/dev/sda' } },
    ],
    ['no ESP for UEFI', { esp: null }, {}, { code: 'no-efi-partition', slots: {} }],
    ['no ESP for a BIOS', { esp: null }, bios, null],
    ['an ESP that nobody can read', { esp: { partition: 1, loaders: null } }, {}, null],
    [
      'an empty ESP',
      { esp: { partition: 1, loaders: [] } },
      {},
      { code: 'no-efi-loader', slots: { architecture: 'x86_64', found: [] } },
    ],
    [
      'loaders of the other architecture',
      {},
      { architecture: 'arm64' },
      { code: 'no-efi-loader', slots: { architecture: 'arm64', found: usual } },
    ],
    ['a vendor’s loader only', { esp: { partition: 1, loaders: ['\\EFI\\debian\\shimx64.efi'] } }, {}, null],
    ['no boot code for a BIOS', { bios: { code: false, partition: 1 } }, bios, { code: 'no-bios-boot', slots: {} }],
    ['no boot code for UEFI', { bios: { code: false, partition: null } }, {}, null],
    [
      'an arm64 board without UEFI',
      { bios: { code: false, partition: null } },
      { ...bios, architecture: 'arm64' },
      null,
    ],
    [
      'a wrong checksum',
      { faults: ['backup-missing', 'entries-checksum'] },
      {},
      { code: 'image-table-damaged', slots: { fault: 'entries-checksum' } },
    ],
    ['no backup, which is written anew', { faults: ['backup-missing'] }, {}, null],
    ['partitions that overlap, as hybrid tables do', { faults: ['overlap'] }, {}, null],
  ]
  for (const [name, of, at, reason] of cases) t.strictSame(codeOf(of, at), reason, name)
  t.end()
})

await t.test('without a seed nothing is asked of the table', (t) => {
  t.equal(codeOf({}, { size: 2 * GIB }, false), null)
  t.equal(codeOf({ ...mbr, freeEntries: 0 }, bios, false), null)
  t.equal(codeOf({ faults: ['header-checksum'] }, {}, false), null)
  t.match(codeOf({}, { sectorSize: 4096 }, false), { code: 'sector-size' })
  t.end()
})

await t.test('the loader is the usual one, else a vendor’s: shim before GRUB', (t) => {
  const debian = ['\\EFI\\debian\\grubx64.efi', '\\EFI\\debian\\shimx64.efi', '\\EFI\\debian\\mmx64.efi']
  t.equal(efiLoader([...debian, '\\EFI\\Boot\\bootx64.efi'], 'x86_64'), '\\EFI\\Boot\\bootx64.efi')
  t.equal(efiLoader(debian, 'x86_64'), '\\EFI\\debian\\shimx64.efi')
  t.equal(efiLoader(debian.slice(0, 1), 'x86_64'), '\\EFI\\debian\\grubx64.efi')
  t.equal(efiLoader(['\\EFI\\systemd\\systemd-bootaa64.efi'], 'arm64'), '\\EFI\\systemd\\systemd-bootaa64.efi')
  t.equal(efiLoader(['\\EFI\\debian\\mmx64.efi'], 'x86_64'), null)
  t.equal(efiLoader(debian, 'arm64'), null)
  t.equal(efiLoader(null, 'arm64'), '\\EFI\\BOOT\\BOOTAA64.EFI')
  t.equal(efiLoader(undefined, 'x86_64'), '\\EFI\\BOOT\\BOOTX64.EFI')
  t.end()
})

await t.test('warnings tell beforehand which machines an image is not for', (t) => {
  const codes = (of: Partial<ImageFacts>) => imageWarnings({ ...facts, ...of }, 'x86_64').map(({ code }) => code)
  t.strictSame(codes({}), [])
  t.strictSame(codes({ esp: null }), ['no-efi-partition'])
  t.strictSame(codes({ esp: { partition: 1, loaders: [] }, bios: { code: false, partition: null } }), [
    'no-efi-loader',
    'no-bios-boot',
  ])
  t.strictSame(codes({ sectorSize: 4096 }), ['only-4kn'])
  t.strictSame(codes({ ...mbr, freeEntries: 0 }), ['partition-table-full'])
  t.strictSame(codes({ faults: ['header-checksum', 'overlap'] }), ['image-table-damaged', 'image-table-damaged'])
  t.strictSame(codes({ faults: ['backup-missing'] }), [], 'it is written anew')
  t.end()
})

await t.test('addons need an entry and room of their own in front of the seed', (t) => {
  const addons = 100 * MIB
  const fits = (of: Partial<ImageFacts>, size: number) =>
    whyImageUnfit({ ...facts, ...of }, { ...machine, disk: { ...machine.disk, size } }, true, addons)
  const enough = 2 * GIB - MIB + addons + 8 * MIB + MIB
  t.equal(fits({}, enough), null)
  t.strictSame(fits({}, enough - MIB), {
    code: 'addons-do-not-fit',
    slots: { disk: '/dev/sda', bytes: addons, room: addons - MIB },
  })
  t.match(fits({ freeEntries: 1 }, 8 * GIB), { code: 'partition-table-full' })
  t.match(fits({ ...mbr, freeEntries: 1 }, 8 * GIB), { code: 'partition-table-full', slots: { table: 'mbr' } })
  t.equal(fits(mbr, 8 * GIB), null)
  t.equal(fits({ hasSeedPartition: true, freeEntries: 1 }, 8 * GIB), null)
  t.match(fits({ hasSeedPartition: true, freeEntries: 0 }, 8 * GIB), { code: 'partition-table-full' })
  t.end()
})
