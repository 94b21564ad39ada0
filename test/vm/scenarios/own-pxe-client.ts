import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Bench } from '../bench.ts'
import { proveInstalled, proveUnaided } from '../proof.ts'
import { isRunning, MINUTE, written } from '../states.ts'

const mac = '52:54:00:aa:00:01'
const expected = { mac, name: 'unit-1', variant: 'A' } as const
const spec = {
  firmware: 'uefi',
  nic: { model: 'e1000e', mac, pxe: 'firmware' },
  disk: { bus: 'ahci' },
  system: {
    serial: 'SN-0001',
    uuid: '11111111-2222-3333-4444-555555550001',
    manufacturer: 'Bench',
    product: 'Box 1',
  },
} as const

/** UEFI by its firmware's own PXE client, registered by serial; then the network is asked again and its disk left alone. */
export async function ownPxeClient(t: Test, bench: Bench): Promise<void> {
  const machine = await bench.machine('unit-1', spec)
  proveUnaided(t, machine)
  await machine.powerOn()
  await bench.until('unit-1', (shown) => written(shown) > 0.2, 12 * MINUTE)
  await machine.screenshot(join(bench.dir, 'unit-1-writes.png'))
  const node = await bench.until('unit-1', isRunning, 12 * MINUTE)
  t.equal(node.uuid, spec.system.uuid, 'the registry learned the UUID')
  t.strictSame(node.macs, [mac], 'and the MAC')
  const before = await proveInstalled(t, bench, node, expected)
  const wire = await bench.wire()
  const read = wire.tftp.some(({ file }) => file === '52-54-00-aa-00-01/snponly.efi')
  t.ok(read, 'the firmware read snponly.efi by TFTP')
  const asked = wire.dhcp.some((seen) => seen.mac === mac && seen.destinationPort === 4011)
  t.ok(asked, 'and asked on port 4011')
  await bench.ssh(mac, 'sudo touch /var/lib/marker && sudo sync')
  await machine.powerOff()

  // The same machine, whose owner has put the network before the disk.
  const since = Date.now() / 1000
  const networkFirst = await bench.machine('unit-1', {
    ...spec,
    nic: { ...spec.nic, bootIndex: 1 },
    disk: { ...spec.disk, bootIndex: 2 },
  })
  proveUnaided(t, networkFirst)
  await networkFirst.powerOn()
  const bootId = await nextBoot(bench, before.bootId)
  t.not(bootId, before.bootId, 'the OS on the disk booted')
  await bench.ssh(mac, 'cloud-init status --wait') // sshd lets in before cloud-init has done its part of this boot
  const again = await bench.node('unit-1')
  const later = again.timeline.events.filter((event) => Date.parse(event.lastAt) / 1000 > since)
  t.ok(
    later.some((event) => event.kind === 'dhcp.discover'),
    'the timeline shows the DISCOVER',
  )
  t.ok(
    later.some((event) => event.kind === 'tftp.read'),
    'the read request',
  )
  t.match(later.find((event) => event.kind === 'boot.decision')?.message, /^local disk/, 'and the decision')
  const after = await proveInstalled(t, bench, again, expected)
  t.strictSame({ ...after, bootId }, { ...before, bootId }, 'machine-id and host keys survive')
  t.equal(await bench.ssh(mac, 'ls /var/lib/marker'), '/var/lib/marker', 'so does a marker file')
  const chunks = (await bench.wire()).http.filter(
    (seen) => seen.from === mac && seen.at > since && seen.uri.startsWith('/blobs/'),
  )
  t.strictSame(chunks, [], 'no chunk was asked for')
  await networkFirst.powerOff()
}

/** The boot id of the OS once it is another one than `last`; `last` when that takes more than six minutes. */
async function nextBoot(bench: Bench, last: string): Promise<string> {
  const start = performance.now()
  for (;;) {
    const now = await bench.ssh(mac, 'cat /proc/sys/kernel/random/boot_id').catch(() => last)
    if (now !== last || performance.now() - start > 6 * MINUTE) return now
    await sleep(2000)
  }
}
