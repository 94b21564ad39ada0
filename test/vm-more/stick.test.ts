import { mkdir, open, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { CommandFailed, type Machine, type MachineSpec, run } from '@eims/lab'
import { type InstallReport, PRISTINE } from '@eims/medium'
import t, { type Test } from 'tap'
import { Bench } from '../vm/bench.ts'
import { proveUnaided } from '../vm/proof.ts'
import { MINUTE } from '../vm/states.ts'
import { flipBit, writeReserved } from './medium-file.ts'
import { signedTarget } from './signed-target.ts'

/**
 * Two machines without a server, one after the other, from one stick: a BIOS, and UEFI that enforces Secure Boot. There is a
 * LAN that would hear them, and they ask it for nothing; what they were installed to starts without one. Nobody touches a key. A
 * third one gets everything that is wrong from a copy, and stays as it is; then its stick is pulled out, its power is cut, and a disc
 * installs it.
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
const name = basename(image).replace(/\..*$/, '')
await bench.eims('images', 'add', image, '--name', name, '--sha256', sha256)
const stick = join(bench.dir, 'eims-installer.img')
await writeFile(join(bench.dir, 'units.csv'), LIST)
await writeFile(join(bench.dir, 'unit.yaml'), CONFIG)
/** Where no server is, and nothing of one. */
const offline = async (verb: string, ...flags: string[]) =>
  (await run(eims, ['boot-media', verb, stick, ...flags], { timeoutMs: 5 * MINUTE })).stdout
await offline('installer', '--image', image, '--sha256', sha256)
const given = ['--config', join(bench.dir, 'unit.yaml'), '--list', join(bench.dir, 'units.csv')]
await offline('customize', ...given)
// nobody is there while they are installed
await bench.down()
const copy = join(bench.dir, 'copy/eims-installer.img')
const ofThird = join(bench.dir, 'third.csv')
await mkdir(join(bench.dir, 'copy'))
await run('cp', ['--sparse=always', stick, copy], { timeoutMs: MINUTE })
await writeFile(ofThird, 'Serial,Name,Config\nSN-0603,till-3,till-3.yaml\n')

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
  return machine
}

/** Seconds since 1970, as the capture counts, when the UEFI machine had all that it gets of the stick. */
let uefiInstalled = 0

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
  t.equal(await differsFrom(machine.diskFile), '', 'its disk holds the image, byte for byte')
  await machine.setLink(false)
  await machine.setStick(false)
  await machine.waitForSerial(/The medium is out/, MINUTE)
  // the disk alone: its first MiB, with the start code, is seen at work
  await machine.waitForSerial(/Linux version/, 5 * MINUTE)
  await machine.powerOff()
})

await t.test('UEFI, Secure Boot enforcing: installed, and running', { timeout: 20 * MINUTE }, async (t) => {
  const machine = await start(t, 'uefi', spec('uefi', uefiMac, 'SN-0602'))
  await machine.waitForSerial(/The medium has the report: INSTALLED/, 10 * MINUTE)
  uefiInstalled = Date.now() / 1000
  // its OS comes up, and judges itself, without a network
  await machine.setLink(false)
  // by the boot order that the installation left, with the stick in
  await machine.waitForSerial(/the config-file of till-2 has run/, 12 * MINUTE)
  await machine.waitForSerial(/this machine is RUNNING/, 5 * MINUTE)
  await machine.powerOff()
})

const copied = async (verb: string, ...flags: string[]) =>
  (await run(eims, ['boot-media', verb, copy, ...flags], { timeoutMs: 5 * MINUTE })).stdout
const third = { ...spec('bios', biosMac, 'SN-0603'), stick: { file: copy, isWritable: true, bootIndex: 1 } }

/** The lines as they were before they were broken at the screen's edge. */
const saidBy = async (machine: Machine) => (await machine.console.text()).replaceAll(/\s+/g, ' ')

/** Switched on, it says why it does nothing, and its disk is as it came. @returns what it said */
async function refuses(t: Test): Promise<string> {
  const machine = await start(t, 'third', third)
  await machine.waitForSerial(/Nothing was written to a disk of this machine/, 5 * MINUTE)
  await machine.powerOff()
  const { stdout } = await run('cmp', ['--bytes=1048576', machine.diskFile, '/dev/zero'])
  t.equal(stdout, '')
  t.ok((await stat(machine.diskFile)).blocks <= 8, 'its disk holds nothing')
  return await saidBy(machine)
}

await t.test('a machine that the list does not name', { timeout: 10 * MINUTE }, async (t) =>
  t.match(await refuses(t), 'This medium is for 2 machines by their serial numbers, and SN-0603 is not among them.'),
)

await t.test(
  'a config-file with a mistake: refused at the desk, and by the machine',
  { timeout: 10 * MINUTE },
  async (t) => {
    const wrong = 'version: 1.0\noperatingSystem:\n  ntpServer: [192.168.77.1]\n'
    await writeFile(join(bench.dir, 'till-3.yaml'), wrong)
    const refused: unknown = await copied('customize', '--list', ofThird).catch((error: unknown) => error)
    t.ok(refused instanceof CommandFailed)
    t.match(String(refused), /till-3\.yaml:3:14: mistake: operatingSystem\.ntpServer: There is no field/)
    const unit = { serial: 'SN-0603', name: 'till-3', profile: null, config: 'till-3.yaml' }
    await writeReserved(copy, { ...PRISTINE, configs: { 'till-3.yaml': wrong }, units: [unit] })
    t.match(await refuses(t), /line 3, column 14, operatingSystem\.ntpServer/)
  },
)

await t.test('one bit of the medium is wrong', { timeout: 10 * MINUTE }, async (t) => {
  await writeFile(join(bench.dir, 'till-3.yaml'), CONFIG)
  await copied('customize', '--list', ofThird)
  const frame = await flipBit(copy)
  const said = await refuses(t)
  t.match(said, `is damaged: its piece ${frame}: damaged at byte`)
  t.notMatch(said, /The medium has the report/, 'nothing was begun')
  t.equal(await flipBit(copy), frame)
})

await t.test(
  'the stick is pulled out in mid-write, and put in again; then the power is cut',
  { timeout: 10 * MINUTE },
  async (t) => {
    const machine = await start(t, 'third', third)
    await machine.waitForSerial(/write-image .* \d+ %/, 5 * MINUTE)
    await machine.setStick(false)
    await machine.waitForSerial(/put it in again/, 2 * MINUTE)
    await machine.setStick(true)
    await machine.waitForSerial(/write-image .* [3-9]\d %/, 5 * MINUTE)
    await machine.powerOff()
    const said = await saidBy(machine)
    t.match(said, 'The medium has the report: BEGUN')
    t.match(said, /the medium was taken out; put it in again.*the medium answers again/)
    t.notMatch(said, /Wrote \d+ and kept|\[4\/6\]/, 'it was in the middle')
    t.not(await differsFrom(machine.diskFile), '')
  },
)

await t.test('the same bytes on a disc: what was begun is brought to its end', { timeout: 10 * MINUTE }, async (t) => {
  const { stick: _, ...rest } = third
  const machine = await start(t, 'third', { ...rest, disc: { file: copy, bootIndex: 1 } })
  await machine.waitForSerial(/Take the medium out/, 10 * MINUTE)
  t.ok(await machine.takeDisc(), 'its tray is not locked')
  await machine.powerOff()
  t.equal(await differsFrom(machine.diskFile), '', 'its disk holds the image, byte for byte')
  const said = await saidBy(machine)
  t.match(said, 'installs from /dev/sr0')
  t.match(said, /Wrote \d+ and kept [1-9]\d* frames/)
  t.match(said, 'The medium has no report of this: the medium cannot be written to')
  t.notMatch(said, 'The medium has the report')
  const { reports } = JSON.parse(await copied('show', '--check', '--json')) as { reports: InstallReport[] }
  t.match(reports, [{ name: 'till-3', state: 'BEGUN' }], 'which says no more than what the stick saw')
  t.equal(reports.length, 1)
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
    dhcp.filter(({ mac }) => mac === biosMac),
    [],
    'the BIOS machine asked nobody for an address, its link up, installed and left alone',
  )
  // what UEFI does by itself before it comes to the stick is not ours: it says so by its vendor class (option 60)
  const questions = dhcp.filter(({ mac, message }) => mac === uefiMac && ['DISCOVER', 'REQUEST'].includes(message))
  t.ok(uefiInstalled > 0)
  t.strictSame(
    questions.filter(({ at, vendorClass }) => at < uefiInstalled && !/^(PXE|HTTP)Client/.test(vendorClass ?? '')),
    [],
    'nor did the Micro-OS of the UEFI machine',
  )
})

await t.test('a server takes them in, as what was seen of them', { timeout: 5 * MINUTE }, async (t) => {
  await bench.up()
  const { units } = await bench.eims<{ units: object[] }>('boot-media', 'collect', stick)
  t.match(units, [
    { name: 'till-1', serial: 'SN-0601', state: 'INSTALLED', result: 'new', digest: 'equal' },
    { name: 'till-2', serial: 'SN-0602', state: 'INSTALLED', result: 'new', digest: 'equal' },
  ])
  const node = await bench.node('till-2')
  t.match(node, { registered: true, instance: { state: 'PROVISIONED' }, inventory: { secureBoot: true } })
})
