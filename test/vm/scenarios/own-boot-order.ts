import type { Test } from 'tap'
import type { Bench } from '../bench.ts'
import { bootedEntry } from '../boot-entry.ts'
import { proveInstalled, proveUnaided } from '../proof.ts'
import { isRunning, MINUTE } from '../states.ts'

const mac = '52:54:00:aa:00:03'
const uuid = '11111111-2222-3333-4444-555555550003'

/**
 * UEFI without a given boot order and with firmware variables that are kept, registered by UUID: our order boots it. Behind
 * its NIC is a second one whose cable leads to nobody.
 */
export async function ownBootOrder(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('unit-3', {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
    deadNic: { mac: '52:54:00:aa:01:03', place: 'last' },
    disk: { bus: 'nvme' },
    system: { serial: 'SN-0003', uuid },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('unit-3', isRunning, 12 * MINUTE)
  await proveInstalled(t, bench, node, { mac, name: 'unit-3', variant: 'A' })
  await bench.ssh(mac, 'sudo sync')
  await machine.powerOff()

  const since = Date.now() / 1000
  await machine.powerOn()
  await machine.waitForSerial(/unit-3 login:/, 5 * MINUTE)
  const asked = (await bench.wire()).dhcp.filter(
    (seen) => seen.mac === mac && seen.at > since && seen.vendorClass?.startsWith('PXEClient'),
  )
  t.strictSame(asked, [], 'the firmware went to the disk without asking the network')
  await bench.reach(mac, 5 * MINUTE)
  t.equal(await bootedEntry(bench, mac), 'eims debian-a', 'by the boot entry that we made')
  await machine.powerOff()
}
