import { join, resolve } from 'node:path'
import { run } from '@eims/lab'
import type { Test } from 'tap'
import { CACHE } from '../../cache.ts'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isWaiting, MINUTE } from '../../vm/states.ts'

const eims = resolve(import.meta.dirname, '../../../eims')

const MACHINES = {
  uefi: { mac: '52:54:00:ab:00:06', serial: 'SN-0106', uuid: '11111111-2222-3333-4444-555555550106' },
  bios: { mac: '52:54:00:ab:00:07', serial: 'SN-0107', uuid: '11111111-2222-3333-4444-555555550107' },
} as const

/** The USB stick that `eims boot-media` makes; absolute path of its image. */
export async function makeStick(bench: Bench): Promise<string> {
  const file = join(bench.dir, 'eims-boot-usb.img')
  await run(eims, ['boot-media', 'usb', file], { timeoutMs: 10 * MINUTE, env: { ...process.env, EIMS_CACHE: CACHE } })
  return file
}

/** A machine that cannot boot from the network, with our stick in it: iPXE on the stick finds the server. */
export async function bootStick(t: Test, bench: Bench, firmware: 'uefi' | 'bios', file: string): Promise<void> {
  const { mac, serial, uuid } = MACHINES[firmware]
  const machine = await bench.machine(`stick-${firmware}`, {
    firmware,
    nic: { model: 'e1000', mac, pxe: 'none' },
    disk: { bus: 'ahci', bootIndex: 2 },
    stick: { file, bootIndex: 1 },
    system: { serial, uuid },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until(serial, isWaiting, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  t.match(node.inventory?.nics, [{ mac, driver: 'e1000', link: true, boot: true }])
  t.equal(node.inventory?.firmware, firmware)
  t.match(
    node.inventory?.disks.filter((disk) => !disk.removable),
    [{ transport: 'ata' }],
    'one disk that may be written',
  )
  const { tftp } = await bench.wire()
  t.strictSame(
    tftp.filter((seen) => seen.from === mac),
    [],
    'nothing went by TFTP',
  )
  await machine.powerOff()
}
