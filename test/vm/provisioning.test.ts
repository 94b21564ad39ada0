import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Bench, type ShownNode } from './bench.ts'
import { addProfile } from './images.ts'
import { proveInstalled, proveUnaided } from './proof.ts'

const MINUTE = 60_000
const running = (node: ShownNode) => node.instance?.state === 'RUNNING'

t.jobs = 3
const bench = await Bench.create('provision')
t.teardown(() => bench[Symbol.asyncDispose]())
const [profileA, profileB] = [await addProfile(bench, 'A'), await addProfile(bench, 'B')]
await bench.eims('site', 'set', '--chain-rom-ipxe', 'always')

async function unit1(t: Test) {
  const mac = '52:54:00:aa:00:01'
  await bench.eims('nodes', 'add', 'unit-1', '--serial', 'SN-0001', '--profile', profileA)
  const spec = {
    firmware: 'uefi' as const,
    nic: { model: 'e1000e' as const, mac, pxe: 'firmware' as const },
    disk: { bus: 'ahci' as const },
    system: {
      serial: 'SN-0001',
      uuid: '11111111-2222-3333-4444-555555550001',
      manufacturer: 'Bench',
      product: 'Box 1',
    },
  }
  await using machine = await bench.machine('unit-1', spec)
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('unit-1', running, 12 * MINUTE)
  t.equal(node.uuid, '11111111-2222-3333-4444-555555550001', 'the registry learned the UUID')
  t.strictSame(node.macs, [mac], 'and the MAC')
  const before = await proveInstalled(t, bench, node, { mac, name: 'unit-1', variant: 'A' })
  const wire = await bench.wire()
  t.ok(
    wire.tftp.some(({ file }) => file.endsWith('/snponly.efi')),
    'the firmware read snponly.efi by TFTP',
  )
  t.ok(
    wire.dhcp.some((seen) => seen.mac === mac && seen.destinationPort === 4011),
    'and asked on port 4011',
  )

  await bench.ssh(mac, 'sudo touch /var/lib/marker && sudo sync')
  // The same machine, whose owner has put the network before the disk.
  await machine.powerOff()
  const rebooted = Date.now() / 1000
  await using networkFirst = await bench.machine('unit-1', {
    ...spec,
    nic: { ...spec.nic, bootIndex: 1 },
    disk: { ...spec.disk, bootIndex: 2 },
  })
  proveUnaided(t, networkFirst)
  await networkFirst.powerOn()
  const again = await bench.until(
    'unit-1',
    (shown) =>
      shown.timeline.events.some((event) => event.kind === 'boot.decision' && event.message.startsWith('local disk')),
    4 * MINUTE,
  )
  const since = (kind: string) =>
    again.timeline.events.some((event) => event.kind === kind && Date.parse(event.lastAt) / 1000 > rebooted)
  t.ok(since('dhcp.discover'), 'the timeline shows the DISCOVER')
  t.ok(since('tftp.read'), 'and the read request')
  let bootId = before.bootId
  const start = performance.now()
  while (bootId === before.bootId && performance.now() - start < 4 * MINUTE) {
    await sleep(2000)
    bootId = await bench.ssh(mac, 'cat /proc/sys/kernel/random/boot_id').catch(() => bootId)
  }
  t.not(bootId, before.bootId, 'the OS on the disk booted')
  const after = await proveInstalled(t, bench, again, { mac, name: 'unit-1', variant: 'A' })
  t.strictSame({ ...after, bootId: '' }, { ...before, bootId: '' }, 'machine-id and host keys survive')
  t.equal(await bench.ssh(mac, 'ls /var/lib/marker'), '/var/lib/marker', 'so does a marker file')
  const blobs = (await bench.wire()).http.filter(
    (seen) => seen.uri.startsWith('/blobs/') && seen.from === mac && seen.at > rebooted,
  )
  t.strictSame(blobs, [], 'no chunk was asked for')
}

async function unit2(t: Test) {
  const mac = '52:54:00:aa:00:02'
  await bench.eims('nodes', 'add', 'unit-2', '--mac', mac, '--profile', profileB)
  await using machine = await bench.machine('unit-2', {
    firmware: 'bios',
    nic: { model: 'virtio-net-pci', mac, pxe: 'ipxe-rom', bootIndex: 1 },
    disk: { bus: 'virtio', bootIndex: 2 },
    system: { serial: 'To be filled by O.E.M.', uuid: '11111111-2222-3333-4444-555555550002' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('unit-2', running, 12 * MINUTE)
  t.equal(node.serial, null, 'a placeholder is no serial')
  await proveInstalled(t, bench, node, { mac, name: 'unit-2', variant: 'B' })
  t.ok(
    (await bench.wire()).tftp.some(({ file }) => file.endsWith('/undionly.kpxe')),
    'undionly.kpxe went over the wire',
  )
}

async function unit3(t: Test) {
  const mac = '52:54:00:aa:00:03'
  const uuid = '11111111-2222-3333-4444-555555550003'
  await bench.eims('nodes', 'add', 'unit-3', '--uuid', uuid, '--profile', profileA)
  await using machine = await bench.machine('unit-3', {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
    disk: { bus: 'nvme' },
    system: { serial: 'SN-0003', uuid },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('unit-3', running, 12 * MINUTE)
  await proveInstalled(t, bench, node, { mac, name: 'unit-3', variant: 'A' })
  await bench.ssh(mac, 'sudo sync')
  await machine.powerOff()
  const off = Date.now() / 1000
  await machine.powerOn()
  await machine.waitForSerial(/unit-3 login:/, 4 * MINUTE)
  const asked = (await bench.wire()).dhcp.filter(
    (seen) => seen.mac === mac && seen.at > off && seen.vendorClass?.startsWith('PXEClient'),
  )
  t.strictSame(asked, [], 'the firmware went to the disk without asking the network')
}

// At most two of them are switched on at a time: the third waits for a place.
const options = { buffered: true, timeout: 20 * MINUTE }
await Promise.all([
  t.test(
    'UEFI by its own PXE client, AHCI disk, e1000e, registered by serial; then its disk is left alone',
    options,
    unit1,
  ),
  t.test('BIOS whose ROM iPXE is replaced, virtio disk, registered by MAC', options, unit2),
  t.test(
    'UEFI without a given boot order, NVMe disk, registered by UUID: the order that we set is what boots it',
    options,
    unit3,
  ),
])
