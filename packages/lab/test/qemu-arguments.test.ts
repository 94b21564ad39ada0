import t from 'tap'
import { type MachineParts, type MachineSpec, qemuArguments } from '../src/qemu/arguments.ts'
import { assertHonest } from '../src/qemu/honesty.ts'

const uefi: MachineSpec = {
  firmware: 'uefi',
  nic: { model: 'e1000e', mac: '52:54:00:aa:00:01', pxe: 'firmware', bootIndex: 1 },
  disk: { bus: 'ahci', bootIndex: 2 },
  system: { uuid: '11111111-2222-3333-4444-555555555555', serial: 'SN-0001', manufacturer: 'Lab, Inc.' },
}
const parts: MachineParts = {
  tap: 'tap0',
  disk: { file: '/m/1/disk.raw', format: 'raw' },
  serialLog: '/m/1/serial.log',
  uefi: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/m/1/vars.fd' },
  nicRom: '/c/usr/share/qemu/efi-e1000e.rom',
}
const { uefi: _, nicRom: __, ...biosParts } = parts

await t.test('a UEFI machine that boots by its own PXE client', async (t) => {
  const argv = qemuArguments(uefi, parts)
  t.same(argv, [
    '-nodefaults',
    '-no-user-config',
    '-machine',
    'q35',
    '-accel',
    'tcg,thread=multi',
    '-cpu',
    'qemu64,+rdrand',
    '-smp',
    '1',
    '-m',
    '1024',
    '-display',
    'none',
    '-vga',
    'std',
    '-qmp',
    'stdio',
    '-chardev',
    'file,id=console,path=/m/1/serial.log,append=on',
    '-serial',
    'chardev:console',
    '-drive',
    'if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd',
    '-drive',
    'if=pflash,format=raw,file=/m/1/vars.fd',
    '-netdev',
    'tap,id=net0,ifname=tap0,script=no,downscript=no',
    '-device',
    'e1000e,netdev=net0,mac=52:54:00:aa:00:01,bootindex=1,romfile=/c/usr/share/qemu/efi-e1000e.rom',
    '-drive',
    'if=none,id=disk0,format=raw,file=/m/1/disk.raw,cache=unsafe,discard=unmap',
    '-device',
    'ide-hd,drive=disk0,bus=ide.0,bootindex=2',
    '-device',
    'virtio-rng-pci',
    '-smbios',
    'type=1,manufacturer=Lab,, Inc.,serial=SN-0001,uuid=11111111-2222-3333-4444-555555555555',
  ])
  assertHonest(argv)
})

await t.test('a BIOS machine with the iPXE of its NIC', async (t) => {
  const argv = qemuArguments(
    {
      firmware: 'bios',
      nic: { model: 'virtio-net-pci', mac: '52:54:00:aa:00:02', pxe: 'ipxe-rom' },
      disk: { bus: 'virtio' },
      system: { uuid: '22222222-2222-3333-4444-555555555555', serial: '' },
      memory: 2048,
      cpus: 2,
    },
    { ...biosParts, disk: { file: '/m/a,b/disk.qcow2', format: 'qcow2' }, serialLog: '/m/a,b/serial.log' },
  )
  t.same(argv, [
    '-nodefaults',
    '-no-user-config',
    '-machine',
    'q35',
    '-accel',
    'tcg,thread=multi',
    '-cpu',
    'qemu64,+rdrand',
    '-smp',
    '2',
    '-m',
    '2048',
    '-display',
    'none',
    '-vga',
    'std',
    '-qmp',
    'stdio',
    '-chardev',
    'file,id=console,path=/m/a,,b/serial.log,append=on',
    '-serial',
    'chardev:console',
    '-netdev',
    'tap,id=net0,ifname=tap0,script=no,downscript=no',
    '-device',
    'virtio-net-pci,netdev=net0,mac=52:54:00:aa:00:02',
    '-drive',
    'if=none,id=disk0,format=qcow2,file=/m/a,,b/disk.qcow2,cache=unsafe,discard=unmap',
    '-device',
    'virtio-blk-pci,drive=disk0',
    '-device',
    'virtio-rng-pci',
    '-smbios',
    'type=1,serial=,uuid=22222222-2222-3333-4444-555555555555',
  ])
  assertHonest(argv)
})

await t.test('each disk bus, with and without a boot index', async (t) => {
  const devices = (bus: MachineSpec['disk']['bus'], bootIndex?: number) => {
    const disk = bootIndex === undefined ? { bus } : { bus, bootIndex }
    const argv = qemuArguments({ ...uefi, disk }, parts)
    assertHonest(argv)
    return argv.filter((text) => /disk0|scsi0/.test(text) && !text.startsWith('if='))
  }
  t.same(devices('nvme'), ['nvme,drive=disk0,serial=eims-disk0'])
  t.same(devices('nvme', 3), ['nvme,drive=disk0,serial=eims-disk0,bootindex=3'])
  t.same(devices('scsi', 2), ['virtio-scsi-pci,id=scsi0', 'scsi-hd,drive=disk0,bus=scsi0.0,bootindex=2'])
  t.same(devices('ahci'), ['ide-hd,drive=disk0,bus=ide.0'])
  t.same(devices('virtio', 2), ['virtio-blk-pci,drive=disk0,bootindex=2'])
})

await t.test("virtio's driver is in OVMF: no option ROM at all", async (t) => {
  const { nicRom: _, ...withoutRom } = parts
  const spec = { ...uefi, nic: { ...uefi.nic, model: 'virtio-net-pci' as const } }
  const argv = qemuArguments(spec, withoutRom)
  assertHonest(argv)
  t.ok(argv.includes('virtio-net-pci,netdev=net0,mac=52:54:00:aa:00:01,bootindex=1,romfile='))
  t.throws(() => qemuArguments(spec, parts), { message: 'virtio-net-pci with PXE by firmware has no driver ROM' })
  t.throws(() => qemuArguments(uefi, withoutRom), { message: 'e1000e with PXE by firmware needs a driver ROM' })
})

await t.test('UEFI HTTP boot: PXE is switched off in the firmware', async (t) => {
  const { nicRom: _, ...withoutRom } = parts
  const nic = { ...uefi.nic, model: 'virtio-net-pci', pxe: 'firmware-http' } as const
  const argv = qemuArguments({ ...uefi, nic }, withoutRom)
  assertHonest(argv)
  t.same(
    argv.filter((_, i) => argv[i - 1] === '-fw_cfg'),
    ['name=opt/org.tianocore/IPv4PXESupport,string=no', 'name=opt/org.tianocore/IPv6PXESupport,string=no'],
  )
  t.ok(argv.includes('virtio-net-pci,netdev=net0,mac=52:54:00:aa:00:01,bootindex=1,romfile='))
})

await t.test('a machine that cannot boot from the network, with a USB stick', async (t) => {
  const { nicRom: _, ...withoutRom } = parts
  const nic = { ...uefi.nic, pxe: 'none' } as const
  const stick = { file: '/m/eims-boot-usb.img', bootIndex: 0 }
  const argv = qemuArguments({ ...uefi, nic, stick }, withoutRom)
  assertHonest(argv)
  t.same(argv.slice(argv.indexOf('virtio-rng-pci') + 1, argv.indexOf('-smbios')), [
    '-blockdev',
    'driver=raw,node-name=stick0,read-only=on,file.driver=file,file.filename=/m/eims-boot-usb.img',
    '-device',
    'qemu-xhci,id=usb0',
    '-device',
    'usb-storage,id=plug0,drive=stick0,bus=usb0.0,removable=on,bootindex=0',
    '-fw_cfg',
    'name=opt/org.tianocore/IPv4PXESupport,string=no',
    '-fw_cfg',
    'name=opt/org.tianocore/IPv6PXESupport,string=no',
  ])
  t.ok(argv.includes('e1000e,netdev=net0,mac=52:54:00:aa:00:01,bootindex=1,romfile='), 'no ROM')
  const bios = qemuArguments({ ...uefi, firmware: 'bios', nic, stick }, biosParts)
  assertHonest(bios)
  t.notOk(bios.includes('-fw_cfg'), 'SeaBIOS has no PXE client to switch off')
  const installer = { file: '/m/eims-installer.img', isWritable: true } as const
  const written = qemuArguments({ ...uefi, nic, stick: installer }, withoutRom)
  assertHonest(written)
  t.ok(written.includes('driver=raw,node-name=stick0,file.driver=file,file.filename=/m/eims-installer.img'))
  const disc = qemuArguments({ ...uefi, nic, disc: { ...installer, bootIndex: 0 } }, withoutRom)
  assertHonest(disc)
  t.ok(
    disc.includes('if=none,id=disc0,format=raw,readonly=on,file=/m/eims-installer.img'),
    'a disc is never written to',
  )
  t.ok(disc.includes('ide-cd,id=optical0,drive=disc0,bus=ide.1,bootindex=0'))
})

await t.test('an arm64 machine: another board, processor and firmware, and no screen', async (t) => {
  const { nicRom: _, ...withoutRom } = parts
  const firmware = { code: '/usr/share/AAVMF/AAVMF_CODE.fd', vars: '/m/1/vars.fd' }
  const nic = { model: 'virtio-net-pci', mac: '52:54:00:aa:00:01', pxe: 'firmware' } as const
  const spec: MachineSpec = { ...uefi, architecture: 'arm64', nic, disk: { bus: 'virtio' } }
  const argv = qemuArguments(spec, { ...withoutRom, uefi: firmware })
  assertHonest(argv)
  t.same(argv, [
    '-nodefaults',
    '-no-user-config',
    '-machine',
    'virt',
    '-accel',
    'tcg,thread=multi',
    '-cpu',
    'cortex-a57',
    '-smp',
    '1',
    '-m',
    '1024',
    '-display',
    'none',
    '-qmp',
    'stdio',
    '-chardev',
    'file,id=console,path=/m/1/serial.log,append=on',
    '-serial',
    'chardev:console',
    '-drive',
    'if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd',
    '-drive',
    'if=pflash,format=raw,file=/m/1/vars.fd',
    '-netdev',
    'tap,id=net0,ifname=tap0,script=no,downscript=no',
    '-device',
    'virtio-net-pci,netdev=net0,mac=52:54:00:aa:00:01,romfile=',
    '-drive',
    'if=none,id=disk0,format=raw,file=/m/1/disk.raw,cache=unsafe,discard=unmap',
    '-device',
    'virtio-blk-pci,drive=disk0',
    '-device',
    'virtio-rng-pci',
    '-smbios',
    'type=1,manufacturer=Lab,, Inc.,serial=SN-0001,uuid=11111111-2222-3333-4444-555555555555',
  ])
  const message = /^an arm64 machine has UEFI/
  t.throws(() => qemuArguments({ ...spec, disk: { bus: 'ahci' } }, withoutRom), { message })
  t.throws(() => qemuArguments({ ...spec, nic: { ...nic, pxe: 'ipxe-rom' } }, withoutRom), { message })
  t.throws(() => qemuArguments({ ...spec, nic: { ...nic, model: 'e1000e' } }, parts), { message })
})

await t.test('what cannot be is refused', async (t) => {
  t.throws(() => qemuArguments(uefi, biosParts), { message: 'a uefi machine needs UEFI firmware files' })
  t.throws(() => qemuArguments({ ...uefi, firmware: 'bios' }, parts), { message: /has no UEFI firmware files/ })
  t.throws(() => qemuArguments({ ...uefi, firmware: 'bios' }, biosParts), { message: /needs nic.pxe "ipxe-rom"/ })
})

await t.test('a second NIC with nobody at the other end, in front of the one that boots or behind it', async (t) => {
  const nics = (place: 'first' | 'last') => {
    const argv = qemuArguments({ ...uefi, deadNic: { mac: '52:54:00:aa:01:01', place } }, parts)
    assertHonest(argv)
    t.ok(argv.includes('hubport,id=net1,hubid=1'))
    return argv.filter((text) => text.startsWith('e1000')).map((text) => text.split(',')[1])
  }
  t.same(nics('first'), ['netdev=net1', 'netdev=net0'])
  t.same(nics('last'), ['netdev=net0', 'netdev=net1'])
})
