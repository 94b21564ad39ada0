import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isHeld, MINUTE } from '../../vm/states.ts'

const mac = '52:54:00:ac:00:04'

/** UEFI HTTP boot where plain HTTP is refused: iPXE and its script come by it as they would by TFTP, nothing else does. */
export async function httpBootToHttps(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('http-boot', {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware-http' },
    disk: { bus: 'virtio' },
    system: { serial: 'SN-0204', uuid: '11111111-2222-3333-4444-555555550204' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('SN-0204', isHeld, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  const { tftp, http } = await bench.wire()
  const plain = http.filter((seen) => seen.from === mac).map(({ uri }) => uri)
  t.strictSame([...new Set(plain)].sort(), ['/boot/ipxe/autoexec.ipxe', '/boot/ipxe/snponly.efi'])
  t.ok(
    tftp.some(({ file }) => file === '52-54-00-ac-00-04/snponly.efi'),
    'the iPXE that learns the CA came by TFTP',
  )
  await machine.powerOff()
}
