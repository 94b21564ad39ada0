import { join } from 'node:path'
import { buildTargetImage, type MachineSpec } from '@eims/lab'
import t, { type Test } from 'tap'
import { CACHE } from '../cache.ts'
import { together } from '../together.ts'
import { Bench, type ShownNode } from '../vm/bench.ts'
import { bootedEntry } from '../vm/boot-entry.ts'
import { proveInstalled, proveUnaided } from '../vm/proof.ts'
import { isRunning, MINUTE } from '../vm/states.ts'

/**
 * Workflow templates in the shape of the Edge Infrastructure Manager's two, as they are published: added to the service,
 * named by a profile, and run by a machine with a blank disk until its OS reports itself.
 */
const bench = await Bench.create('workflows')
t.teardown(() => bench[Symbol.asyncDispose]())
const IMAGE_URL = 'https://images.example/edge.raw'
const { path, sha256 } = await buildTargetImage({ variant: 'A', cacheDir: CACHE })
await bench.eims('images', 'add', path, '--name', 'edge', '--sha256', sha256, '--source-url', `${IMAGE_URL}?signed=1`)
const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`]
for (const name of ['edge-microvisor', 'edge-ubuntu']) {
  await bench.eims('workflows', 'add', join(import.meta.dirname, 'templates', `${name}.yaml`))
  await bench.eims('profiles', 'add', name, '--image', 'edge', '--workflow', name, ...account)
}

const firmware = { firmware: 'uefi' as const }
const microvisor: MachineSpec = {
  ...firmware,
  nic: { model: 'virtio-net-pci', mac: '52:54:00:ad:00:01', pxe: 'firmware' },
  disk: { bus: 'virtio' },
  system: { serial: 'SN-0301', uuid: '11111111-2222-3333-4444-555555550301' },
}
const ubuntu: MachineSpec = {
  ...firmware,
  nic: { model: 'virtio-net-pci', mac: '52:54:00:ad:00:02', pxe: 'firmware' },
  disk: { bus: 'nvme' },
  system: { serial: 'SN-0302', uuid: '11111111-2222-3333-4444-555555550302' },
}

/** Provisions a machine by a workflow until its OS runs, and looks at what every one of them must be. */
async function provision(t: Test, name: string, workflow: string, spec: MachineSpec): Promise<ShownNode> {
  await bench.eims('nodes', 'add', name, '--serial', spec.system!.serial!, '--profile', workflow)
  const machine = await bench.machine(name, spec)
  t.teardown(() => machine.powerOff())
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until(name, isRunning, 25 * MINUTE)
  const { mac } = spec.nic
  await bench.ssh(mac, 'cloud-init status --wait')
  await proveInstalled(t, bench, node, { mac, name, variant: 'A' })
  t.equal(await bootedEntry(bench, mac), 'eims edge', 'by the boot entry that efibootset’s stand-in made')
  return node
}

await together(t, 40 * MINUTE, {
  'a workflow like the microvisor’s: two files and a boot entry': async (t) => {
    const node = await provision(t, 'unit-1', 'edge-microvisor', microvisor)
    t.strictSame(
      node.run?.actions.map(({ name, state }) => `${name} ${state}`),
      [
        'inventory',
        'choose-disk',
        'secure-boot',
        'erase',
        'stream',
        'seed',
        'cloud-init',
        'ds-identify',
        'loader-entry',
        'boot-entry',
        'reboot',
      ].map((name) => `${name} SUCCEEDED`),
    )
    const { mac } = microvisor.nic
    t.equal(await bench.ssh(mac, 'sudo cat /etc/cloud/ds-identify.cfg'), 'datasource: NoCloud')
    t.equal(await bench.ssh(mac, 'stat -c "%a %u" /etc/cloud/cloud.cfg.d/99_infra.cfg'), '755 0')
    // FAT has neither owners nor modes: a file is written there all the same
    const onEsp = 'mount -t vfat -o ro /dev/vda2 /mnt && cat /mnt/loader/entries/edge.conf; umount /mnt'
    t.equal(await bench.ssh(mac, `sudo sh -c '${onEsp}'`), 'title edge')
  },
  'a workflow like Ubuntu’s: a unit of its own, enabled in the installed system': async (t) => {
    await provision(t, 'unit-2', 'edge-ubuntu', ubuntu)
    const { mac } = ubuntu.nic
    t.equal(await bench.ssh(mac, 'systemctl is-enabled installer.service'), 'enabled')
    t.equal(await bench.ssh(mac, 'stat -c %a /home/postinstall/Setup/installer.sh'), '755')
    const devices = (await bench.ssh(mac, 'sudo cat /root/devices')).split('\n')
    t.ok(devices.includes('nvme0n1'), 'its command saw the chosen disk')
    t.notOk(devices.includes('mem') || devices.includes('kmsg'), 'and no more than a command needs')
    t.match(await bench.ssh(mac, 'sudo grep PrintLastLog /etc/ssh/sshd_config'), 'PrintLastLog no')
  },
})
