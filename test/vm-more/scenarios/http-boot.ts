import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isWaiting, MINUTE } from '../../vm/states.ts'

const mac = '52:54:00:ab:00:05'

/** UEFI HTTP boot: the firmware takes the URL from the ProxyDHCP's OFFER and reads iPXE over HTTP. */
export async function httpBoot(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('http-boot', {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware-http' },
    disk: { bus: 'virtio' },
    system: { serial: 'SN-0105', uuid: '11111111-2222-3333-4444-555555550105' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('SN-0105', isWaiting, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  const wire = await bench.wire()
  const asked = wire.dhcp.filter((seen) => seen.mac === mac && seen.message === 'DISCOVER')
  t.match(asked[0]?.vendorClass, /^HTTPClient:Arch:00016/, 'the firmware asked as an HTTP client')
  const fetched = wire.http.filter((seen) => seen.from === mac && seen.uri.startsWith('/boot/ipxe/'))
  t.ok(
    fetched.some((seen) => seen.method === 'GET' && seen.uri.endsWith('snponly.efi')),
    'and read iPXE over HTTP',
  )
  t.ok(
    fetched.some((seen) => seen.uri.endsWith('autoexec.ipxe')),
    'which read its script there too',
  )
  t.strictSame(
    wire.tftp.filter((seen) => seen.from === mac),
    [],
    'nothing went by TFTP',
  )
  await machine.powerOff()
}
