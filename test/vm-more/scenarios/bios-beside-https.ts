import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isWaiting, MINUTE } from '../../vm/states.ts'

const mac = '52:54:00:ac:00:03'

/** BIOS on a site that boots over HTTPS: its ROM chains undionly.kpxe, which lists HTTPS and yet cannot know the CA. */
export async function biosBesideHttps(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('bios', {
    firmware: 'bios',
    nic: { model: 'virtio-net-pci', mac, pxe: 'ipxe-rom', bootIndex: 1 },
    disk: { bus: 'virtio', bootIndex: 2 },
    system: { serial: 'SN-0203', uuid: '11111111-2222-3333-4444-555555550203' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('SN-0203', isWaiting, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  t.equal(node.inventory?.firmware, 'bios')
  const { tftp, http } = await bench.wire()
  t.ok(
    tftp.some(({ file }) => file === '52-54-00-ac-00-03/undionly.kpxe'),
    'undionly.kpxe went over the wire',
  )
  const asked = http.filter((seen) => seen.from === mac).map(({ uri }) => uri.split('?')[0])
  for (const uri of ['/boot.ipxe', '/boot/x86_64/vmlinuz', '/boot/x86_64/initrd.zst', '/boot/site.cpio'])
    t.ok(asked.includes(uri), `${uri} by plain HTTP`)
  await machine.powerOff()
}
