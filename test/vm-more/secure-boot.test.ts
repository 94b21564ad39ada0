import { bootedLoader, type Image } from '@eims/contracts'
import type { MachineSpec } from '@eims/lab'
import t, { type Test } from 'tap'
import { together } from '../together.ts'
import { Bench, type ShownNode } from '../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../vm/proof.ts'
import { isRunning, MINUTE } from '../vm/states.ts'
import {
  addUnsigned,
  giveNewerFirmware,
  proveNewerFirmware,
  trustedBy,
  waitsForAnotherImage,
} from './scenarios/newer-firmware.ts'
import { signedTarget } from './signed-target.ts'

/**
 * Machines that enforce Secure Boot, nothing enrolled, nothing switched off: one with Microsoft's keys of 2011, as machines are
 * sold, and one that trusts nobody but Microsoft's UEFI CA of 2023, as newer ones do.
 */
const [sold, newer] = ['52:54:00:ac:00:05', '52:54:00:ac:00:06']
const spec = (mac: string, serial: string): MachineSpec => ({
  firmware: 'uefi',
  secureBoot: true,
  nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
  disk: { bus: 'virtio' },
  system: { serial, uuid: `11111111-2222-3333-4444-55555555${serial.slice(3)}` },
})

const bench = await Bench.create('secure')
t.teardown(() => bench[Symbol.asyncDispose]())
const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`, '--boot-order', 'network']
const { path, sha256 } = await signedTarget(bench.dir)
const { facts } = await bench.eims<Image>('images', 'add', path, '--name', 'signed', '--sha256', sha256)
const demands = ['--security-feature', 'secure-boot']
await bench.eims('profiles', 'add', 'signed', '--image', 'signed', ...demands, ...account)
await bench.eims('nodes', 'add', 'unit-1', '--serial', 'SN-0501', '--profile', 'signed')
await addUnsigned(t, bench, 'unsigned', account)
await bench.eims('nodes', 'add', 'unit-2', '--mac', newer, '--profile', 'unsigned')

await t.test('an image tells who signed its loaders', async (t) => {
  const signatures = ['microsoft-uefi-ca-2011', 'microsoft-uefi-ca-2023'].map((ca) => ({ ca, whole: true }))
  t.match(bootedLoader(facts!, 'x86_64'), { fault: null, signatures })
  const grub = facts?.esp?.signed?.find(({ path }) => /grubx64/i.test(path))
  t.match(grub, { signatures: [{ ca: 'other', issuer: 'Debian Secure Boot CA', whole: true }] })
})

await together(t, 40 * MINUTE, {
  'Secure Boot stays on': staysOn,
  'firmware that has only the CA of 2023': only2023,
})

/** It is not told that it is one: it refuses iPXE, which is the proof that it enforces, and gets Debian's signed chain. */
async function staysOn(t: Test) {
  const name = 'unit-1'
  const machine = await bench.machine(name, spec(sold, 'SN-0501'))
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
  await bench.reach(sold, 5 * MINUTE)
  await proveInstalled(t, bench, node, { mac: sold, name, variant: 'A' })
  t.match(
    await bench.ssh(sold, 'sudo od -An -tx1 /sys/firmware/efi/efivars/SecureBoot-*'),
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
  await bench.reach(sold, 5 * MINUTE)
  t.equal((await bench.node(name)).instance?.state, 'RUNNING')
  await machine.powerOff()
}

/** No time is lost by the refusal of iPXE, which the other one shows. */
async function only2023(t: Test) {
  const name = 'unit-2'
  await bench.eims('nodes', 'set', name, '--boot-file', 'shimx64.efi')
  await giveNewerFirmware(bench, name)
  const machine = await bench.machine(name, spec(newer, 'SN-0502'))
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until(name, waitsForAnotherImage, 30 * MINUTE)
  t.strictSame(filesRead(node).slice(0, 2), ['shimx64.efi', 'grubx64.efi'])
  proveNewerFirmware(t, node, 'unsigned')
  await machine.powerOff()
}

function filesRead({ timeline }: ShownNode): string[] {
  return timeline.events.flatMap(({ kind, data }) =>
    kind === 'tftp.read' || kind === 'boot.file' ? [String(data.name)] : [],
  )
}
