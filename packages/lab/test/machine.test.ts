import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Lan, Machine, type MachineSpec, until } from '../src/index.ts'

const spec: MachineSpec = {
  firmware: 'bios',
  nic: { model: 'e1000', mac: '52:54:00:aa:00:09', pxe: 'ipxe-rom', bootIndex: 1 },
  disk: { bus: 'nvme' },
  system: { uuid: '11111111-2222-3333-4444-555555555555', serial: 'SN-0009' },
  memory: 64,
}

await t.test('a machine is switched on, reset, looked at and switched off', async (t) => {
  const dir = t.testdir()
  await using lan = await Lan.create({ name: 'machine-test' })
  await using machine = await Machine.create({ lan, spec, dir, diskSize: 8 })
  t.notOk(machine.isOn)
  await machine.powerOn()
  t.ok(machine.isOn)
  await t.rejects(machine.powerOn(), { message: /is on already/ })
  const before = machine.resets
  await machine.reset()
  await until(() => machine.resets > before)
  await machine.screenshot(join(dir, 'screen.png'))
  t.match(await readFile(join(dir, 'screen.png'), 'latin1'), /^\x89PNG/)
  t.match(await readFile(join(dir, 'argv.txt'), 'utf8'), /^qemu-system-x86_64\n-nodefaults\n/)
  await machine.powerOff()
  t.notOk(machine.isOn)
  await t.rejects(machine.reset(), { message: /is off/ })
  t.equal((await stat(machine.diskFile)).size, 8 * 1024 * 1024)
})

await t.test('a dishonest machine is not switched on', async (t) => {
  await using lan = await Lan.create({ name: 'dishonest-test' })
  await using machine = await Machine.create({ lan, spec, dir: t.testdir(), diskSize: 8 })
  ;(machine.arguments as string[]).push('-kernel', '/boot/vmlinuz')
  await t.rejects(machine.powerOn(), { message: /"-kernel" is not one/ })
  t.notOk(machine.isOn)
})
