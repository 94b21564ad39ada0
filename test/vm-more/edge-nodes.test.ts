import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildEdgeImage, type EdgeImageType, type Machine, type MachineSpec } from '@eims/lab'
import t, { type Test } from 'tap'
import { CACHE } from '../cache.ts'
import { together } from '../together.ts'
import { Bench, type ShownNode } from '../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../vm/proof.ts'
import { isRunning, MINUTE } from '../vm/states.ts'
import { proveWholeDisk } from '../vm/whole-disk.ts'
import { ADMISSION, admission, type Expected, emfTemplate, proposal, withAll } from './edge/config-files.ts'
import { damage, HOST_KEYS, proveDamageSeen, proveSealed } from './edge/immutable.ts'
import { proveConfig, proveK3s, proveNoRoute, proveReached, proveSeed } from './edge/proof.ts'
import { addAddons, proveAdopted, proveNothingLeft, selfOf } from './edge/standalone.ts'

/**
 * Standalone edge nodes on a site without any route to the outside: config-files with their cluster become nodes, on an OS
 * that is changed in place, and on one whose root is read-only under dm-verity. Their images carry K3s: its own where
 * EIMS_K3S_DIR names a folder with install.sh, k3s and archives of images, else stand-ins that note how they are called.
 * One unit of each OS is of a standalone profile: nothing of ours stays there, and it is the same unit when it boots again.
 */
const k3sDir = process.env.EIMS_K3S_DIR
const bench = await Bench.create('edge')
t.teardown(() => bench[Symbol.asyncDispose]())
const images: Partial<Record<EdgeImageType, string>> = {}
for (const type of ['mutable', 'immutable'] as const) {
  const log = (line: string) => process.stderr.write(`# ${line}\n`)
  const { path, sha256 } = await buildEdgeImage({ type, cacheDir: CACHE, k3sDir, log })
  await bench.eims('images', 'add', path, '--name', type, '--sha256', sha256)
  await bench.eims('profiles', 'add', type, '--image', type, '--type', type)
  images[type] = path
}
const addons = await addAddons(bench, 'demo')
const alone = (type: EdgeImageType) => [
  'profiles',
  'add',
  `${type}-alone`,
  '--image',
  type,
  '--type',
  type,
  '--standalone',
]
await bench.eims(...alone('immutable'))
await bench.eims(...alone('mutable'), '--onboarding', 'later', '--addon', 'demo')
for (const level of ['baseline', 'privileged', 'restricted']) {
  const file = join(bench.dir, `${level}.yaml`)
  await writeFile(file, admission(level))
  await bench.eims('secrets', 'set', ADMISSION, `${level}.yaml=@${file}`)
}

interface Unit {
  name: string
  type: EdgeImageType
  profile: string
  expected: Expected
  spec: MachineSpec
}

const unit = (number: number, type: EdgeImageType, expected: Expected, profile: string = type): Unit => ({
  name: `edge-${number}`,
  type,
  profile,
  expected,
  spec: {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac: `52:54:00:ae:00:0${number}`, pxe: 'firmware' },
    disk: { bus: 'virtio' },
    system: { serial: `SN-040${number}`, uuid: `11111111-2222-3333-4444-55555555040${number}` },
    ...(k3sDir ? { memory: 3072, cpus: 2 } : {}),
  },
})

/** Provisions a machine until its OS runs, and looks at all that its config-file says. */
async function provision(
  t: Test,
  { name, type, profile, expected, spec }: Unit,
): Promise<{ machine: Machine; node: ShownNode }> {
  const file = join(bench.dir, `${name}.yaml`)
  await writeFile(file, expected.config)
  await bench.eims('nodes', 'add', name, '--serial', spec.system.serial, '--profile', profile, '--config', file)
  const machine = await bench.machine(name, spec)
  t.teardown(() => machine.powerOff())
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until(name, isRunning, 25 * MINUTE)
  const { mac } = spec.nic
  const { user } = expected
  const isAlone = profile !== type
  if (isAlone) await proveNothingLeft(t, bench, { mac, user }, type === 'mutable')
  await proveInstalled(t, bench, node, { mac, name, variant: type === 'mutable' ? 'A' : type, user })
  const proven = { mac, name, expected }
  await proveConfig(t, bench, proven)
  // of one that is alone cloud-init's notes of that are gone until its next boot
  if (!isAlone) await proveSeed(t, bench, proven)
  await proveK3s(t, bench, proven, k3sDir !== undefined)
  await proveNoRoute(t, bench, proven)
  if (type === 'immutable') await proveSealed(t, bench, { mac, user })
  await bench.ssh(mac, 'sync', user)
  return { machine, node }
}

/** Proves that a machine that is switched off and on again is the same unit. @param meanwhile done while it is off */
async function bootAgain(
  t: Test,
  { name, expected, spec }: Unit,
  machine: Machine,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const { mac } = spec.nic
  const { user } = expected
  const before = await selfOf(bench, { mac, user })
  await bench.ssh(mac, 'sync', user)
  await machine.powerOff()
  await meanwhile()
  await machine.powerOn()
  await bench.reach(mac, 5 * MINUTE, user)
  await bench.ssh(mac, 'cloud-init status --wait >/dev/null || true', user)
  t.equal(await selfOf(bench, { mac, user }), before, 'the same unit')
  await proveSeed(t, bench, { mac, name, expected })
  await proveReached(t, bench, { mac, name, expected })
}

/** Proves, with the machine off, that of an immutable image only /var was written to. */
async function provePublished(t: Test, { diskFile }: Machine, node: ShownNode): Promise<void> {
  const expected = { image: images.immutable!, instanceId: node.run!.id, hostKeysIn: HOST_KEYS }
  await proveWholeDisk(t, diskFile, expected)
}

const key = bench.sshKey.publicKey

await together(t, 40 * MINUTE, {
  'immutable and standalone, the config-file of the design proposal': async (t) => {
    const one = unit(1, 'immutable', proposal(key), 'immutable-alone')
    const { machine, node } = await provision(t, one)
    await bootAgain(t, one, machine, async () => {
      await provePublished(t, machine, node)
      await damage(machine.diskFile)
    })
    await proveDamageSeen(t, bench, { mac: one.spec.nic.mac, user: one.expected.user })
    await machine.powerOff()
  },
  'mutable and standalone, a template in the form of EMF’s baseline with addons; another registry takes it in': async (
    t,
  ) => {
    const two = unit(2, 'mutable', withAll(emfTemplate('baseline', key), addons), 'mutable-alone')
    const { machine } = await provision(t, two)
    const { mac } = two.spec.nic
    const { user } = two.expected
    t.equal(await bench.ssh(mac, 'readlink /usr/local/bin/kubectl'), '/var/lib/rancher/k3s/bin/k3s')
    await bootAgain(t, two, machine)
    await proveAdopted(t, bench, { mac, user, name: two.name })
    await machine.powerOff()
  },
  'mutable, a template in the form of EMF’s privileged': async (t) => {
    const { machine } = await provision(t, unit(3, 'mutable', emfTemplate('privileged', key)))
    await machine.powerOff()
  },
  'immutable, a template in the form of EMF’s restricted': async (t) => {
    const { machine, node } = await provision(t, unit(4, 'immutable', emfTemplate('restricted', key)))
    await machine.powerOff()
    await provePublished(t, machine, node)
  },
})
