import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Inventory, MachineIdentity } from '@eims/contracts'
import t from 'tap'
import { inventoryHandler } from '../src/actions/inventory.ts'
import { missingFirmware } from '../src/hardware/firmware-files.ts'
import { readIdentity } from '../src/hardware/smbios.ts'
import { survey } from '../src/hardware/survey.ts'
import { fakeContext } from './support/context.ts'
import { MIB } from './support/disks.ts'
import { fakeMachine, put } from './support/machine.ts'

function bench(t: Parameters<typeof fakeMachine>[0]) {
  const machine = fakeMachine(t, [{ name: 'vda', size: MIB }])
  const dmi = (name: string, text: string) => put(join(machine.sysRoot, 'class/dmi/id', name), text)
  dmi('product_uuid', '11111111-2222-3333-4444-55555555555A\n')
  dmi('product_serial', ' SN-0001 \n')
  dmi('sys_vendor', 'QEMU\n')
  dmi('product_name', 'Standard PC (Q35 + ICH9, 2009)\n')
  dmi('bios_vendor', 'EDK II\n')
  dmi('bios_version', 'unknown\n')
  const nic = (name: string, mac: string, device: boolean, carrier = '1') => {
    const dir = join(machine.sysRoot, 'class/net', name)
    put(join(dir, 'address'), `${mac}\n`)
    put(join(dir, 'carrier'), `${carrier}\n`)
    put(join(dir, 'speed'), carrier === '1' ? '1000\n' : '-1\n')
    if (!device) return
    mkdirSync(join(dir, 'device'))
    mkdirSync(join(machine.sysRoot, 'bus/e1000e'), { recursive: true })
    symlinkSync(join(machine.sysRoot, 'bus/e1000e'), join(dir, 'device/driver'))
  }
  nic('eth0', '52:54:00:AA:00:01', true)
  nic('eth1', '52:54:00:aa:00:02', true, '0')
  nic('lo', '00:00:00:00:00:00', false)
  nic('br0', '52:54:00:aa:00:03', false)
  nic('ib0', '80:00:02:08:fe:80:00:00:00:00:00:00:52:54:00:aa:00:04:00:05', true)
  return machine
}

await t.test('who the machine is and what stands in it', async (t) => {
  const machine = bench(t)
  const variable = join(machine.sysRoot, 'firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c')
  put(variable, Buffer.from([6, 0, 0, 0, 1]))
  const { identity, inventory } = await survey({ ...machine, bootMac: '52:54:00:aa:00:01' })
  t.strictSame(identity, {
    uuid: '11111111-2222-3333-4444-55555555555a',
    serial: 'SN-0001',
    manufacturer: 'QEMU',
    product: 'Standard PC (Q35 + ICH9, 2009)',
    macs: ['52:54:00:aa:00:01', '52:54:00:aa:00:02'],
  })
  t.strictSame(inventory.nics, [
    { name: 'eth0', mac: '52:54:00:aa:00:01', driver: 'e1000e', link: true, speed: 1000, boot: true },
    { name: 'eth1', mac: '52:54:00:aa:00:02', driver: 'e1000e', link: false, speed: null, boot: false },
  ])
  t.match(inventory, { firmware: 'uefi', secureBoot: true, biosVendor: 'EDK II', disks: [{ path: '/dev/vda' }] })
  t.ok(Inventory.safeParse(inventory).success)
  t.ok(MachineIdentity.safeParse(identity).success)
})

await t.test('a BIOS machine without SMBIOS still onboards', async (t) => {
  const { identity, inventory } = await survey(fakeMachine(t))
  t.strictSame(identity, { macs: [] })
  t.match(inventory, { firmware: 'bios', secureBoot: null, biosVendor: null })
  t.ok(Inventory.safeParse(inventory).success)
})

await t.test('what a vendor could not have meant is left out, a placeholder is passed on', async (t) => {
  const machine = fakeMachine(t)
  put(join(machine.sysRoot, 'class/dmi/id/product_serial'), 'caf\x07\n')
  put(join(machine.sysRoot, 'class/dmi/id/product_uuid'), 'Not Settable\n')
  put(join(machine.sysRoot, 'class/dmi/id/sys_vendor'), 'x'.repeat(300))
  t.strictSame(readIdentity(machine.sysRoot, []), { macs: [] })
  put(join(machine.sysRoot, 'class/dmi/id/product_serial'), 'To be filled by O.E.M.\n')
  t.strictSame(readIdentity(machine.sysRoot, []), { serial: 'To be filled by O.E.M.', macs: [] })
})

await t.test('what firmware wrote in UTF-8 or in Latin-1 is the same', async (t) => {
  const machine = fakeMachine(t)
  const file = join(machine.sysRoot, 'class/dmi/id/product_serial')
  for (const encoding of ['utf8', 'latin1'] as const) {
    put(file, Buffer.from('ÄB-1\n', encoding))
    t.strictSame(readIdentity(machine.sysRoot, []), { serial: 'ÄB-1', macs: [] }, encoding)
  }
})

await t.test('firmware files that drivers miss, as both kernels say it', async (t) => {
  const log = `[    2.1] r8169 0000:01:00.0: firmware: failed to load rtl_nic/rtl8168g-3.fw (-2)
[    2.2] r8169 0000:01:00.0: Direct firmware load for rtl_nic/rtl8168g-3.fw failed with error -2
[    2.3] bnx2 0000:02:00.0: Direct firmware load for bnx2/bnx2-mips-09-6.2.1b.fw failed with error -2
`
  t.strictSame(missingFirmware(log), ['rtl_nic/rtl8168g-3.fw', 'bnx2/bnx2-mips-09-6.2.1b.fw'])
})

await t.test('the inventory action writes it into the log', async (t) => {
  const machine = bench(t)
  const context = fakeContext(t, {
    ...machine,
    busybox: async () => 'Direct firmware load for a.fw failed with error -2',
  })
  t.strictSame(await inventoryHandler({}, context), { result: {} })
  t.equal(context.lines[0], 'QEMU Standard PC (Q35 + ICH9, 2009) SN-0001')
  t.strictSame(context.lines.slice(2), [
    '/dev/vda 1 MB virtio',
    'eth0 52:54:00:aa:00:01 e1000e, link up',
    'eth1 52:54:00:aa:00:02 e1000e, link down',
    'A driver misses the firmware file a.fw; build the Micro-OS with --firmware DIR',
  ])
})
