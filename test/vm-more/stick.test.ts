import { open, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Machine, type MachineSpec, run } from '@eims/lab'
import type { InstallReport } from '@eims/medium'
import t, { type Test } from 'tap'
import { Bench } from '../vm/bench.ts'
import { proveUnaided } from '../vm/proof.ts'
import { MINUTE } from '../vm/states.ts'
import { signedTarget } from './signed-target.ts'

/**
 * Two machines without a network, one after the other, from one stick that needs no server: a BIOS, and UEFI that enforces
 * Secure Boot. Nobody touches a key; a third one, which the list does not name, stays as it is.
 */
const CONFIG = `version: 1.0
operatingSystem:
  commands:
    after: ["echo the config-file of $(hostname) has run >/dev/console"]
`
const LIST = 'Serial,Name\nSN-0601,till-1\nSN-0602,till-2\n'
const [biosMac, uefiMac] = ['52:54:00:ac:00:07', '52:54:00:ac:00:08']

const eims = resolve(import.meta.dirname, '../../eims')
const bench = await Bench.create('stick')
t.teardown(() => bench[Symbol.asyncDispose]())
const { path: image, sha256 } = await signedTarget(bench.dir)
await bench.eims('images', 'add', image, '--name', 'signed', '--sha256', sha256)
const stick = join(bench.dir, 'eims-installer.img')
await writeFile(join(bench.dir, 'units.csv'), LIST)
await writeFile(join(bench.dir, 'unit.yaml'), CONFIG)
const from = `http://${bench.lan.bench.serviceAddress}:7480`
await bench.eims('boot-media', 'installer', stick, '--image', 'signed', '--from', from)
/** Where no server is, and nothing of one. */
const offline = async (verb: string, ...flags: string[]) =>
  (await run(eims, ['boot-media', verb, stick, ...flags], { timeoutMs: 5 * MINUTE })).stdout
const given = ['--config', join(bench.dir, 'unit.yaml'), '--list', join(bench.dir, 'units.csv')]
await offline('customize', ...given)
// nobody is there while they are installed
await bench.down()

const spec = (firmware: 'bios' | 'uefi', mac: string, serial: string): MachineSpec => ({
  firmware,
  secureBoot: firmware === 'uefi',
  nic: { model: 'virtio-net-pci', mac, pxe: 'none' },
  disk: { bus: firmware === 'bios' ? 'ahci' : 'virtio', ...(firmware === 'bios' ? { bootIndex: 2 } : {}) },
  stick: { file: stick, isWritable: true, ...(firmware === 'bios' ? { bootIndex: 1 } : {}) },
  system: { serial, uuid: `11111111-2222-3333-4444-55555555${serial.slice(3)}` },
})

async function start(t: Test, name: string, what: MachineSpec): Promise<Machine> {
  const machine = await bench.machine(name, what)
  t.teardown(() => machine.powerOff())
  await machine.powerOn()
  await machine.setLink(false)
  return machine
}

/** What is on a disk between its partition table and the image's end, where a table has its second copy. */
async function differsFrom(disk: string): Promise<string> {
  await using file = await open(image, 'r')
  const { size } = await file.stat()
  const around = 1024 * 1024
  const { stdout } = await run('sh', [
    '-c',
    `cmp --ignore-initial=${around} --bytes=${size - 2 * around} "$0" "$1" 2>&1 || true`,
    image,
    disk,
  ])
  return stdout
}

await t.test('BIOS: installed, and not again while the stick stays in', { timeout: 20 * MINUTE }, async (t) => {
  const machine = await start(t, 'bios', spec('bios', biosMac, 'SN-0601'))
  proveUnaided(t, machine)
  await machine.waitForSerial(/The medium has the report: INSTALLED/, 10 * MINUTE)
  await machine.waitForSerial(/installed from this medium already/, 5 * MINUTE)
  await machine.powerOff()
  t.equal(await differsFrom(machine.diskFile), '', 'its disk holds the image, byte for byte')
})

await t.test('UEFI, Secure Boot enforcing: installed, and running', { timeout: 20 * MINUTE }, async (t) => {
  const machine = await start(t, 'uefi', spec('uefi', uefiMac, 'SN-0602'))
  await machine.waitForSerial(/The medium has the report: INSTALLED/, 10 * MINUTE)
  // by the boot order that the installation left, with the stick in
  await machine.waitForSerial(/the config-file of till-2 has run/, 12 * MINUTE)
  await machine.waitForSerial(/this machine is RUNNING/, 5 * MINUTE)
  await machine.powerOff()
})

await t.test('a machine that the list does not name', { timeout: 10 * MINUTE }, async (t) => {
  const machine = await start(t, 'other', spec('bios', biosMac, 'SN-0603'))
  await machine.waitForSerial(/Nothing was written to a disk of this machine/, 5 * MINUTE)
  await machine.powerOff()
  const { stdout } = await run('cmp', ['--bytes=1048576', machine.diskFile, '/dev/zero'])
  t.equal(stdout, '')
})

await t.test('what the stick tells afterwards', async (t) => {
  const { reports, pristine } = JSON.parse(await offline('show', '--check', '--json')) as {
    reports: InstallReport[]
    pristine: string
  }
  t.match(pristine, /^[0-9a-f]{64}$/, 'and all of it is whole')
  t.match(reports, [
    { name: 'till-1', state: 'INSTALLED', identity: { serial: 'SN-0601' }, inventory: { firmware: 'bios' } },
    { name: 'till-2', state: 'INSTALLED', identity: { serial: 'SN-0602' }, inventory: { secureBoot: true } },
  ])
  const { dhcp } = await bench.wire()
  t.strictSame(
    dhcp.filter(({ mac }) => mac === biosMac || mac === uefiMac),
    [],
    'neither asked for an address',
  )
})
