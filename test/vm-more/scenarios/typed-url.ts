import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isWaiting, MINUTE } from '../../vm/states.ts'
import { withBootUrl } from '../firmware-variables.ts'

const mac = '52:54:00:ab:00:08'
const FRESH = '/usr/share/OVMF/OVMF_VARS_4M.fd'

/** UEFI HTTP boot from a URL in the firmware's setup, on a LAN whose DHCP gives addresses and says nothing of booting. */
export async function typedUrl(t: Test, bench: Bench): Promise<void> {
  const dir = join(bench.dir, 'typed-url')
  await mkdir(dir)
  const url = `http://${bench.lan.bench.serviceAddress}:7480/boot/ipxe/snponly.efi`
  await writeFile(join(dir, 'vars.fd'), withBootUrl(await readFile(FRESH), url))
  const machine = await bench.machine('typed-url', {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware-http' },
    disk: { bus: 'virtio' },
    system: { serial: 'SN-0108', uuid: '11111111-2222-3333-4444-555555550108' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('SN-0108', isWaiting, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  const { dhcp, tftp, http } = await bench.wire()
  t.notOk(
    dhcp.some((seen) => seen.mac === mac && seen.source === bench.lan.bench.serviceAddress),
    'eims answered no DHCP',
  )
  const read = http.find((seen) => seen.from === mac && seen.uri === '/boot/ipxe/snponly.efi')
  t.ok(read, 'the firmware read what was typed')
  t.strictSame(
    tftp.filter((seen) => seen.from === mac),
    [],
    'nothing went by TFTP',
  )
  await machine.powerOff()
}
