import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readDiskFacts, readDisks } from '../src/hardware/disks.ts'
import { MIB } from './support/disks.ts'
import { addDisk, fakeMachine, put } from './support/machine.ts'

/** SPC-4 section 7.8.15, as QEMU's AHCI disk answers */
const page80 = Buffer.concat([Buffer.from([0, 0x80, 0, 20]), Buffer.from('               QM-77')])

await t.test('each kind of disk, as sysfs shows it', async (t) => {
  const machine = fakeMachine(t, [
    {
      name: 'sda',
      size: MIB,
      bus: 'pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block',
      attributes: {
        'device/model': 'QEMU HARDDISK   \n',
        'device/vpd_pg80': page80,
        'queue/rotational': '1\n',
        'device/wwid': 't10.ATA     QEMU HARDDISK                           QM-77               \n',
      },
    },
    {
      name: 'nvme0n1',
      size: MIB,
      sectorSize: 4096,
      bus: 'virtual/nvme-subsystem/nvme-subsys0',
      attributes: {
        'device/model': 'Fast 1\n',
        'device/serial': 'S3Z  \n',
        wwid: 'eui.0025385b71b2c3d4\n',
        'queue/rotational': '0\n',
      },
    },
    {
      name: 'sdb',
      size: MIB,
      bus: 'pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host3/target3:0:0/3:0:0:0/block',
      attributes: { removable: '1\n' },
    },
    {
      name: 'sdc',
      size: MIB,
      bus: 'pci0000:00/0000:03:00.0/host4/target4:0:0/4:0:0:0/block',
      attributes: { ro: '1\n' },
    },
    {
      name: 'mmcblk0',
      size: MIB,
      bus: 'platform/mmc_host/mmc0/mmc0:0001/block',
      attributes: { 'device/name': 'DG4016\n', 'device/serial': '0x1f2e3d4c\n', 'device/type': 'MMC\n' },
    },
    {
      name: 'mmcblk1',
      size: MIB,
      bus: 'platform/mmc_host/mmc1/mmc1:aaaa/block',
      attributes: { 'device/name': 'SC32G\n', 'device/type': 'SD\n' },
    },
    { name: 'vda', size: MIB, attributes: { serial: 'bench' } },
  ])
  const controller = join(machine.sysRoot, 'devices/pci0000:00/0000:01:00.0/nvme/nvme0')
  mkdirSync(controller, { recursive: true })
  symlinkSync(controller, join(machine.sysRoot, 'devices/virtual/nvme-subsystem/nvme-subsys0/nvme0'))
  const none = { readOnly: false, removable: false, model: null, serial: null, wwn: null, size: MIB, sectorSize: 512 }
  const content = { blank: true, found: null }
  t.strictSame(await readDisks(machine), [
    {
      ...none,
      path: '/dev/mmcblk0',
      busPath: 'devices/platform/mmc_host/mmc0/mmc0:0001/block/mmcblk0',
      transport: 'mmc',
      model: 'DG4016',
      serial: '0x1f2e3d4c',
      content,
    },
    {
      ...none,
      path: '/dev/mmcblk1',
      busPath: 'devices/platform/mmc_host/mmc1/mmc1:aaaa/block/mmcblk1',
      transport: 'mmc',
      model: 'SC32G',
      removable: true,
      content,
    },
    {
      ...none,
      path: '/dev/nvme0n1',
      busPath: 'pci-0000:01:00.0-nvme-1',
      rotation: 'ssd',
      transport: 'nvme',
      sectorSize: 4096,
      model: 'Fast 1',
      serial: 'S3Z',
      wwn: 'eui.0025385b71b2c3d4',
      content,
    },
    {
      ...none,
      path: '/dev/sda',
      busPath: 'pci-0000:00:1f.2-ata-1',
      rotation: 'hdd',
      transport: 'ata',
      model: 'QEMU HARDDISK',
      serial: 'QM-77',
      wwn: 't10.ATA QEMU HARDDISK QM-77',
      content,
    },
    {
      ...none,
      path: '/dev/sdb',
      busPath: 'pci-0000:00:14.0-usb-0:2:1.0-scsi-0:0:0:0',
      transport: 'usb',
      removable: true,
      content,
    },
    { ...none, path: '/dev/sdc', busPath: 'pci-0000:03:00.0-scsi-0:0:0:0', transport: 'scsi', readOnly: true, content },
    { ...none, path: '/dev/vda', busPath: 'pci-0000:00:02.0', transport: 'virtio', serial: 'bench', content },
  ])
})

await t.test('what is no disk to install on is not listed', async (t) => {
  const names = [
    'loop0',
    'ram0',
    'zram0',
    'sr0',
    'md127',
    'dm-0',
    'fd0',
    'nbd0',
    'mmcblk0boot0',
    'mmcblk0boot1',
    'mmcblk0rpmb',
  ]
  const machine = fakeMachine(
    t,
    names.map((name) => ({ name, size: MIB })),
  )
  addDisk(machine, { name: 'nvme0c0n1', size: MIB, attributes: { hidden: '1\n' } })
  addDisk(machine, { name: 'pmem0', size: MIB, bus: 'virtual/block' })
  t.strictSame(await readDisks(machine), [])
})

await t.test('a disk that cannot be read is not blank', async (t) => {
  const machine = fakeMachine(t, [{ name: 'sda', size: 4 * MIB }])
  writeFileSync(join(machine.devRoot, 'sda'), 'shorter than it says')
  t.match((await readDisks(machine))[0]!.content, { blank: false, found: 'unreadable' })
})

await t.test('a card reader without a card is listed with no size', async (t) => {
  t.match(await readDisks(fakeMachine(t, [{ name: 'sda', size: 0 }])), [{ size: 0, content: { blank: true } }])
})

await t.test('a machine without any', async (t) => {
  const machine = fakeMachine(t)
  t.strictSame(await readDisks({ ...machine, sysRoot: '/nonexistent' }), [])
  mkdirSync(join(machine.sysRoot, 'devices'))
  symlinkSync(join(machine.sysRoot, 'devices'), join(machine.sysRoot, 'block/sda'))
  put(join(machine.sysRoot, 'devices/size'), 'nonsense\n')
  t.equal((await readDisks(machine)).length, 1)
})

await t.test('the places of disks, as udev names them', async (t) => {
  const ata = (link: number) => `pci0000:00/0000:00:17.0/ata${link}/host${link}/target${link}:0:0/${link}:0:0:0/block`
  const sas = (host: number, unit: string) => `pci0000:00/0000:03:00.0/host${host}/target${host}:${unit}/block`
  const machine = fakeMachine(t, [
    { name: 'sda', size: MIB, bus: ata(5) },
    { name: 'sdb', size: MIB, bus: ata(3) },
    { name: 'sdc', size: MIB, bus: sas(9, '1:2/9:1:2:3') },
    { name: 'nvme0n2', size: MIB, bus: 'pci0000:00/0000:04:00.0/nvme/nvme0' },
    { name: 'vda', size: MIB, bus: 'platform/a003e00.virtio_mmio/virtio0/block' },
    { name: 'sdd', size: MIB, bus: 'pci0000:00/0000:00:18.0/ata7/host7/target7:0:0/7:0:0:0/block' },
    { name: 'xvda', size: MIB, bus: 'vbd-51712/block' },
  ])
  put(join(machine.sysRoot, 'devices/pci0000:00/0000:00:18.0/ata7/ata_port/ata7/port_no'), '4\n')
  const places = readDiskFacts(machine.sysRoot).map(({ path, busPath }) => [path, busPath])
  t.strictSame(Object.fromEntries(places), {
    '/dev/nvme0n2': 'pci-0000:04:00.0-nvme-2',
    '/dev/sda': 'pci-0000:00:17.0-ata-3',
    '/dev/sdb': 'pci-0000:00:17.0-ata-1',
    '/dev/sdc': 'pci-0000:03:00.0-scsi-0:1:2:3',
    '/dev/sdd': 'pci-0000:00:18.0-ata-4',
    '/dev/vda': 'platform-a003e00.virtio_mmio',
    '/dev/xvda': 'devices/vbd-51712/block/xvda',
  })
})

await t.test('an ATA disk says its model in full', (t) => {
  const page = Buffer.alloc(572)
  page.write('Samsung SSD 870 EVO 500GB'.padEnd(40), 114, 'latin1')
  page.subarray(114, 154).swap16()
  const attributes = { 'device/model': 'Samsung SSD 870 \n', 'device/vpd_pg89': page }
  t.equal(
    readDiskFacts(fakeMachine(t, [{ name: 'sda', size: MIB, attributes }]).sysRoot)[0]?.model,
    'Samsung SSD 870 EVO 500GB',
  )
  t.end()
})
