import type { MachineSpec } from '@eims/lab'
import t from 'tap'
import { Bench } from '../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../vm/proof.ts'
import { isRunning, MINUTE } from '../vm/states.ts'
import { signedTarget } from './signed-target.ts'

/**
 * A machine as it is sold: Microsoft's keys, Secure Boot enforcing, nothing enrolled, nothing switched off. It is not told that
 * it is one: it refuses iPXE, which is the proof that it enforces, and gets Debian's signed chain in the same power-on.
 */
const mac = '52:54:00:ac:00:05'
const name = 'unit-1'
const spec: MachineSpec = {
  firmware: 'uefi',
  secureBoot: true,
  nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
  disk: { bus: 'virtio' },
  system: { serial: 'SN-0501', uuid: '11111111-2222-3333-4444-555555550501' },
}

const bench = await Bench.create('secure')
t.teardown(() => bench[Symbol.asyncDispose]())
const { path, sha256 } = await signedTarget(bench.dir)
await bench.eims('images', 'add', path, '--name', 'signed', '--sha256', sha256)
const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`]
await bench.eims('profiles', 'add', 'signed', '--image', 'signed', '--boot-order', 'network', ...account)
await bench.eims('nodes', 'add', name, '--serial', 'SN-0501', '--profile', 'signed')

await t.test('Secure Boot stays on', { timeout: 40 * MINUTE }, async (t) => {
  const machine = await bench.machine(name, spec)
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until(name, isRunning, 30 * MINUTE)
  const read = node.timeline.events.flatMap(({ kind, data }) =>
    kind === 'tftp.read' || kind === 'boot.file' ? [String(data.name)] : [],
  )
  t.equal(read[0], 'snponly.efi', 'iPXE is what it is offered first')
  const signed = read.slice(read.indexOf('shimx64.efi'))
  // By TFTP again, or by UEFI HTTP boot, whichever way the firmware tries next.
  t.strictSame(signed.slice(0, 2), ['shimx64.efi', 'grubx64.efi'], 'and what it starts after it refused that')
  t.equal(node.inventory?.secureBoot, true)
  await bench.reach(mac, 5 * MINUTE)
  await proveInstalled(t, bench, node, { mac, name, variant: 'A' })
  t.match(
    await bench.ssh(mac, 'sudo od -An -tx1 /sys/firmware/efi/efivars/SecureBoot-*'),
    /01$/,
    'the unit’s OS says so, too',
  )

  await machine.powerOff()
  await machine.powerOn()
  const decided = await bench.until(
    name,
    ({ timeline }) => timeline.events.findLast(({ kind }) => kind === 'boot.decision')?.data.kind === 'local-disk',
    10 * MINUTE,
  )
  t.ok(decided, 'it asks the network first, and is sent to its disk')
  await bench.reach(mac, 5 * MINUTE)
  t.equal((await bench.node(name)).instance?.state, 'RUNNING')
  await machine.powerOff()
})
