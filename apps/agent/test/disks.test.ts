import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readDisks } from '../src/hardware/disks.ts'
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
        'device/wwid': 't10.ATA     QEMU HARDDISK                           QM-77               \n',
      },
    },
    {
      name: 'nvme0n1',
      size: MIB,
      sectorSize: 4096,
      bus: 'virtual/nvme-subsystem/nvme-subsys0',
      attributes: { 'device/model': 'Fast 1\n', 'device/serial': 'S3Z  \n', wwid: 'eui.0025385b71b2c3d4\n' },
    },
    {
      name: 'sdb',
      size: MIB,
      bus: 'pci0000:00/usb1/1-2/1-2:1.0/host3/target3:0:0/3:0:0:0/block',
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
  const none = { readOnly: false, removable: false, model: null, serial: null, wwn: null, size: MIB, sectorSize: 512 }
  const content = { blank: true, found: null }
  t.strictSame(await readDisks(machine), [
    { ...none, path: '/dev/mmcblk0', transport: 'mmc', model: 'DG4016', serial: '0x1f2e3d4c', content },
    { ...none, path: '/dev/mmcblk1', transport: 'mmc', model: 'SC32G', removable: true, content },
    {
      ...none,
      path: '/dev/nvme0n1',
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
      transport: 'ata',
      model: 'QEMU HARDDISK',
      serial: 'QM-77',
      wwn: 't10.ATA QEMU HARDDISK QM-77',
      content,
    },
    { ...none, path: '/dev/sdb', transport: 'usb', removable: true, content },
    { ...none, path: '/dev/sdc', transport: 'scsi', readOnly: true, content },
    { ...none, path: '/dev/vda', transport: 'virtio', serial: 'bench', content },
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
