import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildTargetImage, type Machine, type MachineSpec, run } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { Bench, type ShownNode } from '../vm/bench.ts'
import { addProfile } from '../vm/images.ts'
import { proveInstalled, proveUnaided } from '../vm/proof.ts'
import { isRunning, MINUTE } from '../vm/states.ts'

/**
 * What RUNNING promises of a unit's later life: the reboots that its profile asks for are no cuts, nothing secret stays in
 * its seed, and it is the same unit at each boot: by the network, with the server off, without any network. It boots the
 * network first, so that it is imaged again without anybody at its keyboard.
 */
const mac = '52:54:00:ac:00:01'
const name = 'unit-1'
const LOGIN = new RegExp(`${name} login:`)
/** of the kernel, with the firmware's time before it left out */
const KERNEL = /Linux version/
/** A boot without any network may take so much longer than the image alone does. */
const LONGER_MS = 30_000

const rebooting = `#cloud-config
runcmd:
  - touch /var/lib/before
  - reboot
power_state:
  mode: reboot
  condition: true
`
const spec: MachineSpec = {
  firmware: 'uefi',
  nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
  disk: { bus: 'virtio' },
  system: { serial: 'SN-0201', uuid: '11111111-2222-3333-4444-555555550201' },
}

const bench = await Bench.create('after')
t.teardown(() => bench[Symbol.asyncDispose]())
const image = await addProfile(bench, 'A')
const file = join(bench.dir, 'rebooting.yaml')
await writeFile(file, rebooting)
const account = ['--user', 'edge', '--ssh-key', `${bench.sshKey.privateKeyFile}.pub`]
const options = ['--image', image, '--cloud-config', file, '--boot-order', 'network', ...account]
await bench.eims('profiles', 'add', 'rebooting', ...options)
await bench.eims('nodes', 'add', name, '--serial', 'SN-0201', '--profile', 'rebooting')

await t.test('after RUNNING', { timeout: 60 * MINUTE }, async (t) => {
  const machine = await bench.machine(name, spec)
  proveUnaided(t, machine)
  await machine.powerOn()
  const node = await bench.until(name, isRunning, 25 * MINUTE)
  const running = node.timeline.events.find(({ kind }) => kind === 'instance.running')
  t.match(running?.data, { cuts: 0 }, 'runcmd: [reboot] is no cut')
  await untilResets(machine, 3) // Micro-OS, runcmd, power_state
  await bench.reach(mac, 5 * MINUTE)
  await bench.ssh(mac, 'cloud-init status --wait')
  const { machineId } = await proveInstalled(t, bench, node, { mac, name, variant: 'A' })
  t.equal(await bench.ssh(mac, 'ls /var/lib/before'), '/var/lib/before')
  const seed = await seedOf(bench)
  t.match(seed, /^#cloud-config\n/)
  t.match(seed, /x{40}/, 'of the token only its length is left in the seed')
  const before = await selfOf(bench)
  t.equal(before.machineId, machineId)
  const same = async (when: string) => {
    const now = await selfOf(bench)
    t.strictSame(now, before, `${when}: the same accounts, keys and instance`)
  }
  await machine.powerOff()

  await bench.down()
  await machine.powerOn()
  const began = performance.now()
  await machine.waitForSerial(KERNEL, 10 * MINUTE)
  const firmware = Math.round((performance.now() - began) / 1000)
  t.comment(`with the server off the firmware reached the disk in ${firmware} s`)
  await bench.reach(mac, 5 * MINUTE)
  await same('with the server off')
  await machine.powerOff()

  // Both at once: whatever else this host has to do, it slows both down.
  await machine.powerOn()
  await machine.setLink(false)
  const [took, alone] = await Promise.all([bootTime(machine), bootAlone(bench)])
  t.comment(`without a network: ${took} ms from the kernel to the login prompt, the image alone ${alone} ms`)
  t.ok(took - alone < LONGER_MS, 'without a network it is at its login prompt about as soon as the image alone')
  await machine.setLink(true)
  await bench.reach(mac, 5 * MINUTE)
  await same('without a network')

  await bench.up()
  const told = await bench.eims<ShownNode>('nodes', 'reprovision', name, '--reason', 'sold again')
  t.equal(told.instance?.status.reason.code, 'again-by-itself', 'the verb says that it comes by itself')
  await bench.ssh(mac, 'sudo reboot').catch(() => {})
  await bench.until(name, ({ run }) => run !== null && run.id !== node.run!.id && run.state === 'RUNNING', 8 * MINUTE)
  await machine.powerOff()
})

/** What a unit is to those who know it: its accounts and passwords, host keys, machine-id and cloud-init's instance. */
async function selfOf(bench: Bench) {
  const read = (command: string) => bench.ssh(mac, command)
  return {
    accounts: await read('sudo cat /etc/passwd /etc/shadow /home/edge/.ssh/authorized_keys'),
    hostKeys: await read('sudo sh -c "cat /etc/ssh/ssh_host_*"'),
    machineId: await read('cat /etc/machine-id'),
    instance: await read('cat /var/lib/cloud/data/instance-id'),
  }
}

function seedOf(bench: Bench): Promise<string> {
  return bench.ssh(
    mac,
    'sudo mount -o ro /dev/disk/by-label/CIDATA /mnt && sudo cat /mnt/user-data && sudo umount /mnt',
  )
}

/** The image on a disk of its own, as it was built: no seed, no network, the same board. */
async function bootAlone(bench: Bench): Promise<number> {
  const { path } = await buildTargetImage({ variant: 'A', cacheDir: CACHE })
  const nic = { ...spec.nic, mac: '52:54:00:ac:00:02', pxe: 'none' as const }
  await using machine = await bench.machine('alone', { ...spec, nic })
  await run('cp', ['--sparse=always', path, machine.diskFile])
  await run('truncate', ['-s', '4G', machine.diskFile])
  await machine.powerOn()
  await machine.setLink(false)
  return await bootTime(machine, /login:/)
}

/** Milliseconds from the kernel's first line to the login prompt. */
async function bootTime(machine: Machine, login = LOGIN): Promise<number> {
  await machine.waitForSerial(KERNEL, 5 * MINUTE)
  const began = performance.now()
  await machine.waitForSerial(login, 10 * MINUTE)
  return Math.round(performance.now() - began)
}

async function untilResets(machine: Machine, times: number): Promise<void> {
  const began = performance.now()
  while (machine.resets < times) {
    if (performance.now() - began > 5 * MINUTE) throw new Error(`it went through ${machine.resets} resets only`)
    await sleep(1000)
  }
}
