import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildTargetImage } from '@eims/lab'
import type { Test } from 'tap'
import { CACHE } from '../../cache.ts'
import type { Bench } from '../../vm/bench.ts'
import { proveInstalled, proveUnaided } from '../../vm/proof.ts'
import { isRunning, MINUTE } from '../../vm/states.ts'
import { proveWholeDisk } from '../../vm/whole-disk.ts'

const mac = '52:54:00:ab:00:09'
const name = 'unit-9'
const commands = `#cloud-config
runcmd:
  - touch /var/lib/first
  - sleep 20
  - touch /var/lib/second
`

/**
 * The plug is pulled in the middle of the first boot, between two of the profile's commands, and once more as soon as
 * the node is RUNNING: the first boot is done afresh, and what RUNNING promises is on the disk.
 */
export async function plugPulled(t: Test, bench: Bench, image: string): Promise<void> {
  const file = join(bench.dir, 'two-commands.yaml')
  await writeFile(file, commands)
  const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`]
  await bench.eims('profiles', 'add', 'two-commands', '--image', image, '--cloud-config', file, ...account)
  await bench.eims('nodes', 'add', name, '--serial', 'SN-0109', '--profile', 'two-commands')
  const machine = await bench.machine(name, {
    firmware: 'uefi',
    nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
    disk: { bus: 'virtio' },
    system: { serial: 'SN-0109', uuid: '11111111-2222-3333-4444-555555550109' },
  })
  proveUnaided(t, machine)
  await machine.powerOn()
  await bench.until(name, (node) => node.instance?.state === 'PROVISIONED', 15 * MINUTE)
  await untilThere(bench, '/var/lib/first')
  await machine.powerOff()

  await machine.powerOn()
  const node = await bench.until(name, isRunning, 15 * MINUTE)
  const running = node.timeline.events.find(({ kind }) => kind === 'instance.running')
  t.match(running?.data, { cuts: 1 }, 'the cut is told')
  await machine.powerOff()
  const { path } = await buildTargetImage({ variant: 'A', cacheDir: CACHE })
  await proveWholeDisk(t, machine.diskFile, { image: path, instanceId: node.run!.id })

  await machine.powerOn()
  await bench.reach(mac, 5 * MINUTE)
  await bench.ssh(mac, 'cloud-init status --wait') // sshd lets in before cloud-init has done its part of this boot
  await proveInstalled(t, bench, node, { mac, name, variant: 'A' })
  t.equal(await bench.ssh(mac, 'ls /var/lib/first /var/lib/second'), '/var/lib/first\n/var/lib/second')
  await machine.powerOff()
}

async function untilThere(bench: Bench, path: string): Promise<void> {
  const start = performance.now()
  while ((await bench.ssh(mac, `ls ${path}`).catch(() => '')) !== path) {
    if (performance.now() - start > 8 * MINUTE) throw new Error(`${path} is not there`)
    await sleep(1000)
  }
}
