import { type BuiltinArgs, type DiskRule, say, told } from '@eims/contracts'
import t from 'tap'
import { chooseDisk } from '../src/actions/choose-disk.ts'
import type { FoundDisk as Disk } from '../src/hardware/disks.ts'

const GB = 1e9
const disk = (path: string, more: Partial<Disk> = {}): Disk => ({
  path,
  size: 64 * GB,
  sectorSize: 512,
  transport: 'ata',
  removable: false,
  readOnly: false,
  model: null,
  serial: null,
  wwn: null,
  busPath: `pci-0000:00:02.0-${path}`,
  rotation: 'ssd',
  content: { blank: true, found: null },
  ...more,
})
const args = (more: Partial<BuiltinArgs<'choose-disk'>> = {}): BuiltinArgs<'choose-disk'> => ({
  rule: {},
  imageSize: 2 * GB,
  overwrite: true,
  overwriteReason: told('The machine is not registered.'),
  ...more,
})
/** The choice, a refusal by its sentence. */
const said = (disks: Disk[], given: BuiltinArgs<'choose-disk'>) => {
  const choice = chooseDisk(disks, given)
  return 'refused' in choice ? { refused: say(choice.refused) } : choice
}
const used: Partial<Disk> = { content: { blank: false, found: 'gpt' } }

const taken: [string, Disk[], BuiltinArgs<'choose-disk'>, string][] = [
  ['the only disk', [disk('/dev/sda')], args(), '/dev/sda'],
  ['the only one beside a stick', [disk('/dev/sda', { transport: 'usb' }), disk('/dev/sdb')], args(), '/dev/sdb'],
  ['the only one that is large enough', [disk('/dev/sda', { size: GB }), disk('/dev/sdb')], args(), '/dev/sdb'],
  ['a used one that may be overwritten', [disk('/dev/sda', used)], args(), '/dev/sda'],
  ['a blank one that may not', [disk('/dev/sda')], args({ overwrite: false }), '/dev/sda'],
  ['exactly as large as the image', [disk('/dev/sda', { size: 2 * GB })], args(), '/dev/sda'],
  [
    'the smallest',
    [disk('/dev/sda', { size: 500 * GB }), disk('/dev/nvme0n1', { size: 100 * GB }), disk('/dev/sdb', { size: GB })],
    args({ rule: { prefer: 'smallest' } }),
    '/dev/nvme0n1',
  ],
  [
    'the largest',
    [disk('/dev/sda', { size: 500 * GB }), disk('/dev/nvme0n1', { size: 100 * GB })],
    args({ rule: { prefer: 'largest' } }),
    '/dev/sda',
  ],
  [
    'of twins always the same, however they are called today',
    [disk('/dev/sda', { serial: 'B' }), disk('/dev/sdb', { serial: 'A' })],
    args({ rule: { prefer: 'smallest' } }),
    '/dev/sdb',
  ],
  [
    'by kernel name',
    [disk('/dev/sda'), disk('/dev/nvme0n1')],
    args({ rule: { match: '/dev/nvme0n1' } }),
    '/dev/nvme0n1',
  ],
  ['by a glob', [disk('/dev/sda'), disk('/dev/nvme0n1')], args({ rule: { match: '/dev/nvme*' } }), '/dev/nvme0n1'],
  [
    'by serial without case',
    [disk('/dev/sda'), disk('/dev/sdb', { serial: 'S3Z-Ab1' })],
    args({ rule: { match: 's3z-aB1' } }),
    '/dev/sdb',
  ],
  [
    'by WWN as udev and labels write it',
    [disk('/dev/sda'), disk('/dev/sdb', { wwn: 'naa.5000c500a1b2c3d4' })],
    args({ rule: { match: 'wwn-0x5000C500A1B2C3D4' } }),
    '/dev/sdb',
  ],
  [
    'one disk that two paths lead to',
    [
      disk('/dev/sda', { serial: 'A', wwn: 'naa.5000c500a1b2c3d4' }),
      disk('/dev/sdb', { serial: 'A', wwn: 'naa.5000c500a1b2c3d4' }),
    ],
    args(),
    '/dev/sda',
  ],
  [
    'by a place, of two with one serial',
    [
      disk('/dev/sda', { serial: 'A', busPath: 'pci-0000:00:17.0-ata-1' }),
      disk('/dev/sdb', { serial: 'A', busPath: 'pci-0000:00:17.0-ata-2' }),
    ],
    args({ rule: { match: '/dev/disk/by-path/pci-0000:00:17.0-ata-2' } }),
    '/dev/sdb',
  ],
  [
    'no larger one',
    [disk('/dev/sda', { size: 500 * GB }), disk('/dev/sdb')],
    args({ rule: { maxSize: 64 * GB } }),
    '/dev/sdb',
  ],
  [
    'an SSD',
    [disk('/dev/sda', { rotation: 'hdd' }), disk('/dev/sdb')],
    args({ rule: { rotation: 'ssd' } }),
    '/dev/sdb',
  ],
  [
    'what turns',
    [disk('/dev/sda', { rotation: 'hdd' }), disk('/dev/sdb')],
    args({ rule: { rotation: 'hdd' } }),
    '/dev/sda',
  ],
]
for (const [name, disks, given, path] of taken)
  await t.test(`takes ${name}`, async (t) => t.match(chooseDisk(disks, given), { disk: { path } }))

const refused: [string, Disk[], BuiltinArgs<'choose-disk'>, string][] = [
  ['no disk at all', [], args(), 'No disk was found in this machine'],
  [
    'two that would do',
    [disk('/dev/sda'), disk('/dev/nvme0n1', { model: 'Fast 1' })],
    args(),
    '2 disks would do and the profile does not say which; give it disk.match or disk.prefer. ' +
      '/dev/sda (64 GB): would do; /dev/nvme0n1 (64 GB, Fast 1): would do',
  ],
  [
    'a glob that fits two',
    [disk('/dev/nvme0n1'), disk('/dev/nvme1n1')],
    args({ rule: { match: '/dev/nvme*' } }),
    '2 disks would do and the profile does not say which; give it disk.match or disk.prefer. ' +
      '/dev/nvme0n1 (64 GB): would do; /dev/nvme1n1 (64 GB): would do',
  ],
  [
    'two with one serial, and says what to write',
    [
      disk('/dev/sda', { serial: 'A', busPath: 'pci-0000:00:17.0-ata-1' }),
      disk('/dev/sdb', { serial: 'A', busPath: 'pci-0000:00:17.0-ata-2' }),
    ],
    args({ rule: { match: 'A' } }),
    '2 disks have the serial A, so it does not say which; write the place of one into disk.match: ' +
      'pci-0000:00:17.0-ata-1 for /dev/sda (64 GB, A), pci-0000:00:17.0-ata-2 for /dev/sdb (64 GB, A)',
  ],
  [
    'one WWN over two contents',
    [disk('/dev/sda', { serial: 'A', wwn: 'eui.1' }), disk('/dev/sdb', { serial: 'A', wwn: 'eui.1', ...used })],
    args(),
    '2 disks have the serial A, so it does not say which; write the place of one into disk.match: ' +
      'pci-0000:00:02.0-/dev/sda for /dev/sda (64 GB, A), pci-0000:00:02.0-/dev/sdb for /dev/sdb (64 GB, A)',
  ],
  [
    'the wrong size or medium',
    [disk('/dev/sda', { size: 500 * GB }), disk('/dev/sdb', { rotation: 'hdd' })],
    args({ rule: { maxSize: 64 * GB, rotation: 'ssd' } }),
    'No disk will do. /dev/sda (500 GB): is larger than 64 GB; /dev/sdb (64 GB): is a rotating disk',
  ],
  [
    'too small by one byte',
    [disk('/dev/sda', { size: 2 * GB - 1 })],
    args(),
    'No disk will do. /dev/sda (2 GB): is too small for 2 GB',
  ],
  [
    'smaller than the rule says',
    [disk('/dev/sda')],
    args({ rule: { minSize: 100 * GB } }),
    'No disk will do. /dev/sda (64 GB): is too small for 100 GB',
  ],
  [
    'each for its own reason',
    [
      disk('/dev/sda', { removable: true }),
      disk('/dev/sdb', { transport: 'usb' }),
      disk('/dev/sdc', { readOnly: true }),
      disk('/dev/sdd', { size: 0 }),
    ],
    args({ rule: { prefer: 'largest' } }),
    'No disk will do. /dev/sda (64 GB): is removable; /dev/sdb (64 GB): is a USB disk; ' +
      '/dev/sdc (64 GB): is read-only; /dev/sdd (0 bytes): has no medium',
  ],
  [
    'a USB disk though it is named',
    [disk('/dev/sda', { transport: 'usb' })],
    args({ rule: { match: '/dev/sda' } }),
    'No disk will do. /dev/sda (64 GB): is a USB disk',
  ],
  [
    'a name that is a part of the disk’s',
    [disk('/dev/sda')],
    args({ rule: { match: '/dev/sd' } }),
    'No disk will do. /dev/sda (64 GB): is not /dev/sd',
  ],
  [
    'a disk that is not blank, by the interlock',
    [disk('/dev/sda', used)],
    args({ overwrite: false }),
    '/dev/sda (64 GB) is not blank (found: gpt). The machine is not registered.',
  ],
  [
    'a used disk that the rule prefers over a blank one',
    [disk('/dev/sda', { size: 500 * GB, ...used }), disk('/dev/sdb')],
    args({ overwrite: false, rule: { prefer: 'largest' } }),
    '/dev/sda (500 GB) is not blank (found: gpt). The machine is not registered.',
  ],
]
for (const [name, disks, given, reason] of refused)
  await t.test(`refuses ${name}`, async (t) => t.strictSame(said(disks, given), { refused: reason }))

await t.test('a refusal names each disk with what speaks against it', async (t) => {
  const disks = [disk('/dev/sda', { size: GB }), disk('/dev/sdb'), disk('/dev/sdc')]
  t.strictSame(chooseDisk(disks, args()), {
    refused: {
      code: 'several-disks-fit',
      slots: {
        disks: [
          { disk: '/dev/sda (1 GB)', why: { code: 'disk-too-small', slots: { bytes: 2 * GB } } },
          { disk: '/dev/sdb (64 GB)', why: null },
          { disk: '/dev/sdc (64 GB)', why: null },
        ],
      },
    },
  })
})

await t.test('a disk that is too small for image, seed and addons is refused with the numbers', async (t) => {
  const [image, addons, seed] = [2 * GB, 3 * GB, 8 * 1024 * 1024]
  const needed = image + addons + seed + 2 * 1024 * 1024
  t.match(chooseDisk([disk('/dev/sda', { size: needed })], args({ addonsSize: addons })), {
    disk: { path: '/dev/sda' },
  })
  t.match(chooseDisk([disk('/dev/sda', { size: needed - 512 })], args({ addonsSize: addons })), {
    refused: {
      code: 'no-disk-fits',
      slots: {
        disks: [{ why: { code: 'disk-too-small-for-addons', slots: { bytes: needed, image, seed, addons } } }],
      },
    },
  })
})

/** One disk by every way in which a rule can come to it, and what stands beside it. */
const one = { serial: 'S3Z-Ab1', wwn: 'naa.5000c500a1b2c3d4' }
const forms: [string, DiskRule, Disk[]][] = [
  ['without a rule', {}, []],
  ['by its name', { match: '/dev/sda' }, [disk('/dev/sdb')]],
  ['by its serial', { match: 's3z-ab1' }, [disk('/dev/sdb')]],
  ['by its WWN', { match: '0x5000C500A1B2C3D4' }, [disk('/dev/sdb')]],
  ['by a glob', { match: 'S3Z*' }, [disk('/dev/sdb')]],
  ['as the smallest', { prefer: 'smallest' }, [disk('/dev/sdb', { size: 65 * GB })]],
  ['as the largest', { prefer: 'largest' }, [disk('/dev/sdb', { size: 63 * GB })]],
  ['as the only one so large', { minSize: 64 * GB }, [disk('/dev/sdb', { size: 63 * GB })]],
  [
    'by all of it',
    { match: '/dev/sd*', prefer: 'smallest', minSize: 64 * GB },
    [disk('/dev/sdb', { size: 63 * GB }), disk('/dev/sdc', { size: 65 * GB }), disk('/dev/nvme0n1')],
  ],
]
const contents: [string, Disk['content'], found: string | null][] = [
  ['blank', { blank: true, found: null }, null],
  ['used', { blank: false, found: 'ext4' }, 'ext4'],
  ['used for nobody knows what', { blank: false, found: null }, 'unknown data'],
]
for (const [form, rule, others] of forms)
  for (const [name, content, found] of contents)
    for (const overwrite of [true, false])
      await t.test(`${form}, ${name}, ${overwrite ? 'may' : 'may not'} be overwritten`, async (t) => {
        const target = disk('/dev/sda', { ...one, content })
        const reason = `/dev/sda (64 GB, S3Z-Ab1) is not blank (found: ${found}). The machine is not registered.`
        t.strictSame(
          said([...others, target], args({ rule, overwrite })),
          found === null || overwrite ? { disk: target } : { refused: reason },
        )
      })

const unfit: [Partial<Disk>, string][] = [
  [{ size: 0 }, 'has no medium'],
  [{ transport: 'usb' }, 'is a USB disk'],
  [{ removable: true }, 'is removable'],
  [{ readOnly: true }, 'is read-only'],
  [{ size: GB }, 'is too small for 2 GB'],
]
for (const [more, reason] of unfit)
  for (const [form, { minSize: _, ...rule }] of forms)
    await t.test(`${form}, not one that ${reason}`, async (t) => {
      const unfit = disk('/dev/sda', { ...one, ...more })
      t.match(said([unfit], args({ rule })), { refused: reason })
      const fit = disk('/dev/sdb', one)
      if (rule.match !== '/dev/sda') t.match(said([unfit, fit], args({ rule })), { disk: fit })
    })

for (const rule of forms.map(([, rule]) => rule).filter(({ match }) => match !== undefined))
  await t.test(`not one that is not ${rule.match}`, async (t) => {
    const other = disk('/dev/hda', { serial: 'S3Y-AB1', wwn: 'naa.5000c500a1b2c3d5' })
    t.match(said([other], args({ rule })), { refused: `is not ${rule.match}` })
  })
for (const [form, rule] of forms)
  await t.test(`${form}, not one that is smaller than the rule says`, async (t) => {
    const given = args({ rule: { ...rule, minSize: 65 * GB } })
    t.match(said([disk('/dev/sda', one)], given), { refused: 'is too small for 65 GB' })
  })
