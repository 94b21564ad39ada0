import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../../vm/proof.ts'
import { isRunning, MINUTE } from '../../vm/states.ts'

const mac = '52:54:00:ab:00:01'

/**
 * UEFI by its firmware's own PXE client over VMware's NIC and a SCSI disk; Kea gives the addresses. A NIC whose cable
 * leads to nobody comes before it by name.
 */
export async function vmxnet3(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('unit-1', {
    firmware: 'uefi',
    nic: { model: 'vmxnet3', mac, pxe: 'firmware' },
    deadNic: { mac: '52:54:00:ab:01:01', place: 'first' },
    disk: { bus: 'scsi' },
    system: { serial: 'SN-0101', uuid: '11111111-2222-3333-4444-555555550101' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('unit-1', isRunning, 12 * MINUTE)
  const nics = node.inventory!.nics.toSorted((a, b) => Number(a.boot) - Number(b.boot))
  t.match(nics, [
    { driver: 'e1000', link: true, boot: false },
    { mac, driver: 'vmxnet3', link: true, boot: true },
  ])
  await proveInstalled(t, bench, node, { mac, name: 'unit-1', variant: 'A' })
  const asked = (await bench.wire()).dhcp.some((seen) => seen.mac === mac && seen.destinationPort === 4011)
  t.ok(asked, 'the firmware asked on port 4011')
  await machine.powerOff()
}
