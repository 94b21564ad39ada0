import { join } from 'node:path'
import { run } from '@eims/lab'
import type { Test } from 'tap'
import type { Bench } from '../../vm/bench.ts'
import { proveUnaided } from '../../vm/proof.ts'
import { MINUTE } from '../../vm/states.ts'

const mac = '52:54:00:ac:00:02'

/** The server shows a certificate that another CA than the site's has signed: nothing boots, and it is said why. */
export async function wrongCa(t: Test, bench: Bench): Promise<void> {
  const { certificate, key } = await foreignCertificate(bench)
  await bench.down()
  await bench.up('--tls-cert', certificate, '--tls-key', key)
  const machine = await bench.machine('unit-2', {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
    disk: { bus: 'virtio' },
    system: { serial: 'SN-0202', uuid: '11111111-2222-3333-4444-555555550202' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  await machine.waitForSerial(/HTTPS to it failed.*\s*certificate is not trusted/, 8 * MINUTE)
  await machine.waitForSerial(/HTTPS failed three times, going on to the next boot device/, 2 * MINUTE)
  // its disk is blank, so that at last the firmware has nothing more to try
  await machine.waitForSerial(/No bootable option or device was found|UEFI Interactive Shell/, 8 * MINUTE)
  const node = await bench.node('unit-2')
  const failures = node.timeline.events.filter((event) => event.kind === 'boot.failed')
  t.match(failures[0]?.message, /over HTTPS: .*CA that the machine was told to trust/, 'the timeline says why')
  t.equal(node.state, 'REGISTERED', 'it never came to the agent')
  const asked = (await bench.wire()).http.filter((seen) => seen.from === mac).map((seen) => seen.uri)
  const reports = asked.filter((uri) => uri.startsWith('/boot/failed?'))
  // Three times for each of the firmware's ways to the network: PXE, and HTTP boot when it offers that.
  t.ok([3, 6].includes(reports.length), `it reported three times a way, and no more: ${reports.length}`)
  t.notOk(
    asked.some((uri) => /vmlinuz|initrd/.test(uri)),
    'nothing to boot was fetched',
  )
  await machine.powerOff()
}

/** A certificate for the server's address, by a CA that the site does not know. */
async function foreignCertificate(bench: Bench): Promise<{ certificate: string; key: string }> {
  const file = (name: string) => join(bench.dir, name)
  const [certificate, key] = [file('foreign.pem'), file('foreign.key')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30']
  const ca = ['-keyout', file('foreign-ca.key'), '-out', file('foreign-ca.pem'), '-subj', '/CN=Another CA']
  await run('openssl', [...request, ...ca])
  const signed = ['-CA', file('foreign-ca.pem'), '-CAkey', file('foreign-ca.key'), '-subj', '/CN=eims']
  const named = ['-addext', 'subjectAltName=IP:192.168.77.1', '-addext', 'basicConstraints=critical,CA:FALSE']
  await run('openssl', [...request, ...signed, ...named, '-keyout', key, '-out', certificate])
  return { certificate, key }
}
