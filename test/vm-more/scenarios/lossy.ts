import { startLossyLink } from '@eims/lab'
import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isProvisioned, MINUTE } from '../../vm/states.ts'
import { proveWritten } from '../../vm/whole-disk.ts'

const mac = '52:54:00:ab:00:02'
const LOSS = 0.05
const SEED = 20_261_120

/**
 * UEFI at the end of a cable that loses one frame in twenty, both ways: DHCP, TFTP, HTTP, chunks, reports. When all of that
 * is done the plug is pulled, before its OS writes anything: every byte of the image is there.
 */
export async function lossy(t: Test, bench: Bench): Promise<void> {
  const cable = await startLossyLink(bench.lan, LOSS, SEED)
  const machine = await bench.machine(
    'unit-2',
    {
      firmware: 'uefi',
      nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
      disk: { bus: 'virtio' },
      system: { serial: 'SN-0102', uuid: '11111111-2222-3333-4444-555555550102' },
    },
    cable,
  )
  proveUnaided(t, machine)
  const began = performance.now()
  await machine.powerOn()
  await bench.until('unit-2', isProvisioned, 25 * MINUTE)
  await machine.powerOff()
  t.comment(`PROVISIONED after ${Math.round((performance.now() - began) / 1000)} s`)
  await proveWritten(t, machine.diskFile, 'A')
  const { frames, lost } = await cable.stop()
  t.ok(frames > 10_000, `${frames} frames came to the cable`)
  t.ok(Math.abs(lost / frames - LOSS) < 0.01, `${lost} of them were lost`)
}
