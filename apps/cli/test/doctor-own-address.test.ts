import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type CommandFailed, Lan } from '@eims/lab'
import t from 'tap'
import type { Check } from '../src/doctor/check.ts'
import { judgeAddress, type Neighbour } from '../src/doctor/own-address.ts'

// One promise: the doctor notices who else answers for the server's address: another device, or this machine's own
// interface in the same LAN; and an interface of the same subnet.

await t.test('which subnets are the same', (t) => {
  const interfaces = (...cidrs: string[]): Neighbour[] =>
    cidrs.map((cidr, index) => ({ name: `eth${index}`, mac: `02:00:00:00:00:0${index}`, cidrs: [cidr] }))
  const told = (...cidrs: string[]) =>
    judgeAddress({ interface: 'eth0', address: '10.1.2.1' }, [], interfaces(...cidrs)).map(({ result }) => result)
  t.strictSame(told('10.1.2.1/24', '10.1.3.1/24', '127.0.0.1/8'), ['ok'])
  t.strictSame(told('10.1.2.1/24', '10.1.2.9/24'), ['warn'])
  t.strictSame(told('10.1.2.1/24', '10.1.200.9/16'), ['warn'], 'the other one is wider')
  t.strictSame(told('10.1.2.1/16', '10.1.3.1/24'), ['warn'], 'the other one lies in it')
  t.end()
})

const dir = await mkdtemp(join(tmpdir(), 'eims-doctor-'))
const lan = await Lan.create({ name: 'own-address', subnet: '192.168.81' })
t.teardown(async () => {
  await lan[Symbol.asyncDispose]()
  await rm(dir, { recursive: true, force: true })
})
const twice = await lan.addSegment('br1', '192.168.82')
await twice.neighbour.ip('addr', 'add', '192.168.82.1/24', 'dev', 'eth0')
await lan.addSegment('br2', '192.168.83')
await lan.addSegment('br3', '192.168.84')

/** A further interface of the server's machine; its cable ends in a bridge, or nowhere. */
async function plug(name: string, address: string, bridge?: string): Promise<void> {
  const { service } = lan
  await service.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-port`)
  if (bridge) await service.ip('link', 'set', `${name}-port`, 'master', bridge)
  await service.ip('link', 'set', `${name}-port`, 'up')
  await service.ip('addr', 'add', address, 'dev', name)
  await service.ip('link', 'set', name, 'up')
}
await plug('office', '10.20.30.1/24', 'br2')
await plug('spare', '192.168.84.9/24')

async function doctor(): Promise<Record<string, string>> {
  const main = resolve(import.meta.dirname, '../src/main.ts')
  const interfaces = ['br0', 'br1', 'br2', 'br3'].flatMap((name) => ['--interface', name])
  const args = [main, 'doctor', '--json', '--data', join(dir, 'data'), ...interfaces]
  const env = { ...process.env, EIMS_CACHE: join(dir, 'cache') }
  const stdout = await lan.service.exec(process.execPath, args, { env }).then(
    () => '[]',
    (error: CommandFailed) => error.stdout, // there are no DHCP servers and no boot files: it ends with 1
  )
  const checks = JSON.parse(stdout) as Check[]
  return Object.fromEntries(
    checks.flatMap(({ name, result, says }) => (name.startsWith('address of') ? [[name, `${result}: ${says}`]] : [])),
  )
}

const { stdout } = await lan.service.exec('cat', ['/proc/sys/net/ipv4/conf/all/arp_ignore'])
const stranger = (await twice.neighbour.exec('cat', ['/sys/class/net/eth0/address'])).stdout.trim()

await t.test('a LAN as it should be, and three others', async (t) => {
  t.equal(stdout, '0\n', 'as Linux has it')
  t.strictSame(await doctor(), {
    'address of br0': 'ok: Nobody else in its LAN answers for 192.168.81.1, and no other interface has its subnet.',
    'address of br1': `fail: Another device of this LAN answers for 192.168.82.1 too: ${stranger}.`,
    'address of br2':
      'warn: office of this machine is plugged into the same LAN and answers for 192.168.83.1 as well; machines may send to the wrong one.',
    'address of br3':
      'warn: spare has an address of the same subnet; what this machine sends there leaves by one of them only.',
  })
})

await t.test('the remedy helps', async (t) => {
  await lan.service.exec('sh', ['-c', 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore'])
  t.match(await doctor(), { 'address of br2': /^ok/, 'address of br1': /^fail/ })
})
