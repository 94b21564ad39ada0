import { bootedLoader, type Image } from '@eims/contracts'
import type { MachineSpec } from '@eims/lab'
import t, { type Test } from 'tap'
import { together } from '../together.ts'
import { Bench, type ShownNode } from '../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../vm/proof.ts'
import { isRunning, MINUTE } from '../vm/states.ts'
import { ownArtifacts, tamperWithKernel } from './own-artifacts.ts'
import {
  addUnsigned,
  giveNewerFirmware,
  proveNewerFirmware,
  trustedBy,
  waitsForAnotherImage,
} from './scenarios/newer-firmware.ts'
import { signedTarget } from './signed-target.ts'

/**
 * Machines that enforce Secure Boot, nothing enrolled, nothing switched off. The one has Microsoft's keys of 2011, as machines are
 * sold, and is not told what it is: it refuses iPXE, which is the proof that it enforces, and gets Debian's signed chain in the
 * same power-on. The other trusts nobody but Microsoft's UEFI CA of 2023, as newer ones do, knows UEFI HTTP boot only, and its
 * node says that it gets that chain at once.
 */
const [mac, httpMac] = ['52:54:00:ac:00:05', '52:54:00:ac:00:06']
const name = 'unit-1'
const enforcing = { firmware: 'uefi', secureBoot: true, disk: { bus: 'virtio' } } as const
const model = { manufacturer: 'Bench', product: 'Sold 1' }
const sold: MachineSpec = {
  ...enforcing,
  nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
  system: { serial: 'SN-0501', uuid: '11111111-2222-3333-4444-555555550501', ...model },
}
const newer: MachineSpec = {
  ...enforcing,
  nic: { model: 'virtio-net-pci', mac: httpMac, pxe: 'firmware-http' },
  system: { serial: 'SN-0506', uuid: '11111111-2222-3333-4444-555555550506' },
}

const cache = await ownArtifacts('/var/tmp/eims-benches/secure-cache')
const bench = await Bench.create('secure', { cache })
t.teardown(() => bench[Symbol.asyncDispose]())
const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`, '--boot-order', 'network']
const { path, sha256 } = await signedTarget(bench.dir)
const { facts } = await bench.eims<Image>('images', 'add', path, '--name', 'signed', '--sha256', sha256)
const demands = ['--security-feature', 'secure-boot']
await bench.eims('profiles', 'add', 'signed', '--image', 'signed', ...demands, ...account)
await bench.eims('nodes', 'add', name, '--serial', 'SN-0501', '--profile', 'signed')

await t.test('an image tells who signed its loaders', { timeout: 10 * MINUTE }, async (t) => {
  const signatures = ['microsoft-uefi-ca-2011', 'microsoft-uefi-ca-2023'].map((ca) => ({ ca, whole: true }))
  t.match(bootedLoader(facts!, 'x86_64'), { fault: null, signatures })
  const grub = facts?.esp?.signed?.find(({ path }) => /grubx64/i.test(path))
  t.match(grub, { signatures: [{ ca: 'other', issuer: 'Debian Secure Boot CA', whole: true }] })
  await addUnsigned(t, bench, 'unsigned', account)
  const atOnce = ['--secure-boot', 'on', '--profile', 'unsigned']
  await bench.eims('nodes', 'add', 'unit-2', '--serial', 'SN-0506', '--mac', httpMac, ...atOnce)
})

const hasKernel = bench.until(name, ({ inventory }) => inventory !== null, 30 * MINUTE)
await together(t, 40 * MINUTE, {
  'Secure Boot stays on': staysOn,
  'firmware that has only the CA of 2023': only2023,
})

async function staysOn(t: Test) {
  const machine = await bench.machine(name, sold)
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until(name, isRunning, 30 * MINUTE)
  const read = filesRead(node)
  t.equal(read[0], 'snponly.efi', 'iPXE is what it is offered first')
  const chain = read.slice(read.indexOf('shimx64.efi'))
  // By TFTP again, or by UEFI HTTP boot, whichever way the firmware tries next.
  t.strictSame(chain.slice(0, 2), ['shimx64.efi', 'grubx64.efi'], 'and what it starts after it refused that')
  t.match(node.inventory, { secureBoot: true, lockdown: 'integrity', secureBootKeys: { setupMode: false } })
  t.strictSame(trustedBy(node), ['microsoft-windows-pca-2011', 'microsoft-uefi-ca-2011'])
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

async function only2023(t: Test) {
  await giveNewerFirmware(bench, 'unit-2')
  const machine = await bench.machine('unit-2', newer)
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until('unit-2', waitsForAnotherImage, 30 * MINUTE)
  t.strictSame(filesRead(node).slice(0, 2), ['shimx64.efi', 'grubx64.efi'], 'by HTTP, with no iPXE before it')
  t.notOk((await bench.wire()).tftp.some(({ from }) => from === httpMac))
  proveNewerFirmware(t, node, 'unsigned')
  await machine.powerOff()

  // Once both have the kernel, the file is nobody's any more.
  await hasKernel
  await tamperWithKernel(cache)
  await machine.powerOn()
  const failed = ({ timeline }: ShownNode) =>
    timeline.events.find(({ kind, data }) => kind === 'boot.failed' && data.stage === 'kernel')
  const refused = await bench.until('unit-2', (each) => !!failed(each), 10 * MINUTE)
  const kinds = refused.timeline.events.map(({ kind }) => kind)
  t.equal(failed(refused)?.message, 'GRUB has the whole kernel and does not take it: its signature is not trusted')
  t.ok(kinds.lastIndexOf('boot.kernel') > kinds.lastIndexOf('boot.decision'), 'it had the kernel after its decision')
  t.equal(kinds.filter((kind) => kind === 'agent.onboarded').length, 1, 'and nothing of it ran')
  await machine.waitForSerial(/error: bad shim signature/, MINUTE)
  await machine.powerOff()
  t.match(await bench.eims('nodes', 'explain', 'unit-2'), { symptom: 'kernel-not-trusted' })
}

function filesRead({ timeline }: ShownNode): string[] {
  return timeline.events.flatMap(({ kind, data }) =>
    kind === 'tftp.read' || kind === 'boot.file' ? [String(data.name)] : [],
  )
}
