import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../../vm/proof.ts'
import { isRunning, MINUTE } from '../../vm/states.ts'

const mac = '52:54:00:ac:00:01'

/** UEFI: the ProxyDHCP hands iPXE the fingerprint of the site's CA; script, Micro-OS, agent, chunks and OS speak TLS. */
export async function ownCa(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('unit-1', {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
    disk: { bus: 'virtio' },
    system: { serial: 'SN-0201', uuid: '11111111-2222-3333-4444-555555550201' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  await machine.waitForSerial(/https:\/\/192\.168\.77\.1:7443\/boot\/x86_64\/initrd\.zst.* ok/, 8 * MINUTE)
  const node = await bench.until('unit-1', isRunning, 12 * MINUTE)
  await proveInstalled(t, bench, node, { mac, name: 'unit-1', variant: 'A' })
  const plain = (await bench.wire()).http.filter((seen) => seen.from === mac)
  t.strictSame(plain, [], 'not one request went in the clear')
  await machine.powerOff()
}
