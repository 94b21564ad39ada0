import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { isWaiting, MINUTE } from '../../vm/states.ts'

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
  const node = await bench.until('SN-0204', isWaiting, 12 * MINUTE)
  t.equal(node.state, 'ONBOARDED')
  const plain = await seen(bench)
  t.strictSame([...new Set(plain.http)].sort(), ['/boot/ipxe/autoexec.ipxe', '/boot/ipxe/snponly.efi'])
  t.strictSame(plain.tftp, ['52-54-00-ac-00-04/snponly.efi'], 'the iPXE that learns the CA came by TFTP')
  await machine.powerOff()

  await bench.eims('nodes', 'delete', 'SN-0204', '--yes')
  await bench.eims('site', 'set', '--unknown', 'refuse')
  await machine.powerOn()
  // to the firmware's last word: what comes back from the second iPXE must not start it again
  await machine.waitForSerial(/UEFI Interactive Shell/, 8 * MINUTE)
  const refused = await seen(bench)
  t.equal(refused.tftp.length, 2, 'a machine that is refused has become another iPXE once')
  t.strictSame(new Set(refused.http), new Set(plain.http), 'and calls that no failure')
  await bench.eims('site', 'set', '--unknown', '')
  await machine.powerOff()
}

/** What the machine has asked for in the clear. */
async function seen(bench: Bench): Promise<{ http: string[]; tftp: string[] }> {
  const { tftp, http } = await bench.wire()
  return {
    http: http.filter(({ from }) => from === mac).map(({ uri }) => uri),
    tftp: tftp.map(({ file }) => file).filter((file) => file.startsWith('52-54-00-ac-00-04/') && file.endsWith('.efi')),
  }
}
