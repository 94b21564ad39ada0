import type { MachineSpec } from '@eims/lab'
import t from 'tap'
import { Bench, type ShownNode } from '../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../vm/proof.ts'
import { isRunning, MINUTE } from '../vm/states.ts'
import { ownArtifacts, tamperWithKernel } from './own-artifacts.ts'
import { signedTarget } from './signed-target.ts'

/**
 * Machines as they are sold: Microsoft's keys, Secure Boot enforcing, nothing enrolled, nothing switched off. The one is not
 * told what it is: it refuses iPXE, which is the proof that it enforces, and gets Debian's signed chain in the same power-on. The
 * other knows UEFI HTTP boot only, and its node says that it gets that chain at once.
 */
const mac = '52:54:00:ac:00:05'
const httpMac = '52:54:00:ac:00:06'
const name = 'unit-1'
const sold = { firmware: 'uefi', secureBoot: true, disk: { bus: 'virtio' } } as const
const model = { manufacturer: 'Bench', product: 'Sold 1' }
const spec: MachineSpec = {
  ...sold,
  nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
  system: { serial: 'SN-0501', uuid: '11111111-2222-3333-4444-555555550501', ...model },
}
const byHttp: MachineSpec = {
  ...sold,
  nic: { model: 'virtio-net-pci', mac: httpMac, pxe: 'firmware-http' },
  system: { serial: 'SN-0506', uuid: '11111111-2222-3333-4444-555555550506' },
}

const cache = await ownArtifacts('/var/tmp/eims-benches/secure-cache')
const bench = await Bench.create('secure', { cache })
t.teardown(() => bench[Symbol.asyncDispose]())
const { path, sha256 } = await signedTarget(bench.dir)
await bench.eims('images', 'add', path, '--name', 'signed', '--sha256', sha256)
const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`]
await bench.eims('profiles', 'add', 'signed', '--image', 'signed', '--boot-order', 'network', ...account)
await bench.eims('nodes', 'add', name, '--serial', 'SN-0501', '--profile', 'signed')
await bench.eims('nodes', 'add', 'unit-2', '--serial', 'SN-0506', '--mac', httpMac, '--secure-boot', 'on')

const filesRead = ({ timeline }: ShownNode) =>
  timeline.events.flatMap(({ kind, data }) => (kind === 'tftp.read' || kind === 'boot.file' ? [String(data.name)] : []))
const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
  const began = performance.now()
  const result = await work
  t.comment(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return result
}

await t.test('Secure Boot stays on', { timeout: 40 * MINUTE }, async (t) => {
  const machine = await bench.machine(name, spec)
  const second = await bench.machine('unit-2', byHttp)
  proveUnaided(t, machine)
  proveUnaided(t, second)

  async function installs(): Promise<void> {
    await machine.powerOn()
    const node = await timed('PXE to RUNNING', bench.until(name, isRunning, 30 * MINUTE))
    const read = filesRead(node)
    t.equal(read[0], 'snponly.efi', 'iPXE is what it is offered first')
    const signed = read.slice(read.indexOf('shimx64.efi'))
    // By TFTP again, or by UEFI HTTP boot, whichever way the firmware tries next.
    t.strictSame(signed.slice(0, 2), ['shimx64.efi', 'grubx64.efi'], 'and what it starts after it refused that')
    t.equal(node.inventory?.secureBoot, true)
    const site = await bench.eims<{ secureBootModels: unknown[] }>('site', 'show')
    t.match(site.secureBootModels, [{ ...model, secureBoot: 'on', learned: { node: name } }], 'its model is remembered')
    await bench.reach(mac, 5 * MINUTE)
    await proveInstalled(t, bench, node, { mac, name, variant: 'A' })
    t.match(
      await bench.ssh(mac, 'sudo od -An -tx1 /sys/firmware/efi/efivars/SecureBoot-*'),
      /01$/,
      'the unit’s OS says so, too',
    )
    await machine.powerOff()
  }

  async function bootsByHttp(): Promise<void> {
    await second.powerOn()
    const node = await timed(
      'UEFI HTTP boot to the agent',
      bench.until('unit-2', ({ inventory }) => inventory !== null, 20 * MINUTE),
    )
    t.strictSame(filesRead(node).slice(0, 2), ['shimx64.efi', 'grubx64.efi'], 'by HTTP, with no iPXE before it')
    t.equal(node.inventory?.secureBoot, true)
    t.notOk((await bench.wire()).tftp.some(({ from }) => from === httpMac))
    await second.powerOff()
  }

  async function bootsItsDisk(): Promise<void> {
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
  }

  async function refusesOtherKernel(): Promise<void> {
    await tamperWithKernel(cache)
    await second.powerOn()
    const failed = ({ timeline }: ShownNode) =>
      timeline.events.find(({ kind, data }) => kind === 'boot.failed' && data.stage === 'kernel')
    const node = await timed(
      'a kernel that is not Debian’s',
      bench.until('unit-2', (each) => !!failed(each), 10 * MINUTE),
    )
    const kinds = node.timeline.events.map(({ kind }) => kind)
    t.equal(failed(node)?.message, 'GRUB has the whole kernel and does not take it: its signature is not trusted')
    t.ok(kinds.lastIndexOf('boot.kernel') > kinds.lastIndexOf('boot.decision'), 'it had the kernel after its decision')
    t.equal(kinds.filter((kind) => kind === 'agent.onboarded').length, 1, 'and nothing of it ran')
    await second.waitForSerial(/error: bad shim signature/, MINUTE)
    await second.powerOff()
    t.match(await bench.eims('nodes', 'explain', 'unit-2'), { symptom: 'kernel-not-trusted' })
  }

  // Once both have the kernel, the file is nobody's any more.
  const hasKernel = bench.until(name, ({ inventory }) => inventory !== null, 30 * MINUTE)
  await Promise.all([
    installs().then(bootsItsDisk),
    bootsByHttp()
      .then(() => hasKernel)
      .then(refusesOtherKernel),
  ])
})
