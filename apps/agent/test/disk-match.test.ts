import t from 'tap'
import { isMeant } from '../src/hardware/disk-match.ts'
import type { DiskFacts } from '../src/hardware/disks.ts'

const disk = (path: string, more: Partial<DiskFacts>): DiskFacts => ({
  path,
  size: 64e9,
  sectorSize: 512,
  transport: 'ata',
  removable: false,
  readOnly: false,
  model: null,
  serial: null,
  wwn: null,
  busPath: 'pci-0000:00:1f.2-ata-1',
  ...more,
})

const sata = disk('/dev/sda', { model: 'Samsung SSD 870 EVO 500GB', serial: 'S62ANJ0R', wwn: 'naa.5002538f42b2daed' })
const nvme = disk('/dev/nvme0n1', {
  transport: 'nvme',
  model: 'WDC PC SN730 256GB',
  serial: '2038HX',
  wwn: 'eui.e8238fa6bf530001001b448b46',
  busPath: 'pci-0000:01:00.0-nvme-1',
})
const virtio = disk('/dev/vda', { transport: 'virtio', serial: 'bench', busPath: 'pci-0000:00:04.0' })
const emmc = disk('/dev/mmcblk0', {
  transport: 'mmc',
  model: 'DG4016',
  serial: '0x1f2e3d4c',
  busPath: 'pci-0000:00:1a.0',
})

/** Links as Debian's udev makes them, and what a person types off a label. */
const means: [DiskFacts, string[]][] = [
  [
    sata,
    [
      'sda',
      '/dev/sda',
      'sd*',
      'S62ANJ0R',
      's62anj0r',
      '5002538F42B2DAED',
      '/dev/disk/by-id/ata-Samsung_SSD_870_EVO_500GB_S62ANJ0R',
      'ata-Samsung_SSD_870_EVO_500GB_S62ANJ0R',
      '/dev/disk/by-id/ata-Samsung*',
      '/dev/disk/by-id/scsi-0ATA_Samsung_SSD_870_EVO_500GB_S62ANJ0R',
      '/dev/disk/by-id/scsi-SATA_Samsung_SSD_870_EVO_500GB_S62ANJ0R',
      '/dev/disk/by-id/wwn-0x5002538f42b2daed',
      '/dev/disk/by-id/scsi-35002538f42b2daed',
      '/dev/disk/by-path/pci-0000:00:1f.2-ata-1',
      'Samsung SSD 870 EVO 500GB',
      'samsung ssd*',
    ],
  ],
  [
    nvme,
    [
      'nvme0n1',
      '/dev/nvme0n1',
      '/dev/disk/by-id/nvme-WDC_PC_SN730_256GB_2038HX',
      '/dev/disk/by-id/nvme-WDC_PC_SN730_256GB_2038HX_1',
      '/dev/disk/by-id/nvme-eui.e8238fa6bf530001001b448b46',
      '/dev/disk/by-path/pci-0000:01:00.0-nvme-1',
    ],
  ],
  [virtio, ['vda', '/dev/disk/by-id/virtio-bench', '/dev/disk/by-path/pci-0000:00:04.0']],
  [emmc, ['mmcblk0', '/dev/disk/by-id/mmc-DG4016_0x1f2e3d4c']],
]
const all = means.map(([each]) => each)
for (const [meant, patterns] of means)
  for (const pattern of patterns)
    await t.test(`${pattern} means ${meant.path} and no other`, async (t) => {
      t.strictSame(
        all.filter((each) => isMeant(each, pattern)).map(({ path }) => path),
        [meant.path],
      )
    })

await t.test('a part of a name, or a partition, means none', async (t) => {
  for (const pattern of ['sd', '/dev', 'Samsung', '/dev/sda1', '/dev/disk/by-id/wwn-0x5002538f42b2daed-part1', 'null'])
    t.notOk(
      all.some((each) => isMeant(each, pattern)),
      pattern,
    )
})
