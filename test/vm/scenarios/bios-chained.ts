import type { Test } from 'tap'
import type { Bench } from '../bench.ts'
import { proveInstalled, proveUnaided } from '../proof.ts'
import { isRunning, MINUTE } from '../states.ts'

const mac = '52:54:00:aa:00:02'

/** BIOS whose ROM iPXE is replaced by ours, registered by MAC, with 1 GB of memory and an image of 2 GB. */
export async function biosChained(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('unit-2', {
    firmware: 'bios',
    nic: { model: 'virtio-net-pci', mac, pxe: 'ipxe-rom', bootIndex: 1 },
    disk: { bus: 'virtio', bootIndex: 2 },
    system: { serial: 'To be filled by O.E.M.', uuid: '11111111-2222-3333-4444-555555550002' },
    memory: 1024,
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('unit-2', isRunning, 12 * MINUTE)
  t.equal(node.serial, null, 'a placeholder is no serial')
  await proveInstalled(t, bench, node, { mac, name: 'unit-2', variant: 'B' })
  const read = (await bench.wire()).tftp.some(({ file }) => file === '52-54-00-aa-00-02/undionly.kpxe')
  t.ok(read, 'undionly.kpxe went over the wire')
  await machine.powerOff()
}
