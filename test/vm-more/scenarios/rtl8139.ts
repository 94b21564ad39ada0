import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isWaiting, MINUTE } from '../../vm/states.ts'

const mac = '52:54:00:ab:00:03'

/** BIOS over an old Realtek NIC whose ROM brings iPXE: straight to the script, and the Micro-OS has its driver. */
export async function rtl8139(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('rtl8139', {
    firmware: 'bios',
    nic: { model: 'rtl8139', mac, pxe: 'ipxe-rom', bootIndex: 1 },
    disk: { bus: 'ahci', bootIndex: 2 },
    system: { serial: 'SN-0103', uuid: '11111111-2222-3333-4444-555555550103' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('SN-0103', isWaiting, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  t.match(node.inventory?.nics, [{ mac, driver: '8139cp', link: true, boot: true }])
  const { tftp } = await bench.wire()
  t.notOk(
    tftp.some((seen) => seen.from === mac),
    'nothing went by TFTP',
  )
  await machine.powerOff()
}
