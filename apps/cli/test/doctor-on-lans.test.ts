import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { dnsmasqAlone, endProcess, Lan, type Namespace, run, type Segment, startSiteDhcp } from '@eims/lab'
import t from 'tap'
import type { Check } from '../src/doctor/check.ts'

const main = resolve(import.meta.dirname, '../src/main.ts')
const dir = await mkdtemp(join(tmpdir(), 'eims-doctor-'))
const ending: (() => Promise<unknown>)[] = []
t.teardown(async () => {
  for (const end of ending.reverse()) await end()
  await rm(dir, { recursive: true, force: true })
})

/** A foreign DHCP server; resolves when it listens. */
async function dnsmasq(home: Namespace, name: string, more: string[]): Promise<ChildProcess> {
  const args = [...dnsmasqAlone(), '--bind-interfaces', '--no-ping', `--dhcp-leasefile=${join(dir, name)}`, ...more]
  const child = home.spawn('dnsmasq', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  ending.push(() => endProcess(child))
  let said = ''
  for await (const text of child.stderr!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += text
    if (/sockets bound exclusively|DHCP, (IP|proxy)/.test(said)) break
  }
  child.stderr!.resume()
  return child
}

const lan = await Lan.create({ name: 'doctor' })
ending.push(() => lan[Symbol.asyncDispose]())
const one = await lan.addSegment('br1', '192.168.81')
const two = await lan.addSegment('br2', '192.168.82')
const rogue = await lan.addSegment('br3', '192.168.83')
const naming = await lan.addSegment('br4', '192.168.84')

const sites: Segment[] = [one, two, rogue]
for (const segment of sites) {
  const site = await startSiteDhcp({ segment, dir })
  ending.push(() => site.stop())
}
// The second server of br2 runs on the very machine that is to serve, and has its port.
const taker = await dnsmasq(lan.service, 'second', ['--interface=br2', '--dhcp-range=192.168.82.210,192.168.82.220,1h'])
const third = await lan.addNamespace('third')
await lan.service.ip('link', 'add', 'br3-third', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', third.name)
await lan.service.ip('link', 'set', 'br3-third', 'master', 'br3', 'up')
await third.ip('addr', 'add', '192.168.83.9/24', 'dev', 'eth0')
await third.ip('link', 'set', 'eth0', 'up')
await dnsmasq(third, 'proxy', [
  '--interface=eth0',
  '--dhcp-range=192.168.83.0,proxy',
  '--pxe-service=X86-64_EFI,boot,other.efi',
])
await dnsmasq(naming.neighbour, 'naming', [
  '--interface=eth0',
  '--dhcp-range=192.168.84.100,192.168.84.120,1h',
  '--dhcp-boot=pxelinux.0,elsewhere,192.168.84.7',
])
await lan.service.ip('link', 'add', 'bare', 'type', 'bridge')
await lan.service.ip('link', 'set', 'bare', 'up')
await lan.service.ip('link', 'add', 'off', 'type', 'bridge')

/** All LANs in one look, for it listens for four seconds. */
const interfaces = ['br0', 'br1', 'br2', 'br3', 'br4', 'bare', 'off', 'nowhere']
const child = lan.service.spawn(
  process.execPath,
  [main, 'doctor', '--json', '--data', join(dir, 'data'), ...interfaces.flatMap((name) => ['--interface', name])],
  { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, EIMS_CACHE: join(dir, 'cache') } },
)
let out = ''
let err = ''
child.stdout!.setEncoding('utf8').on('data', (text: string) => {
  out += text
})
child.stderr!.setEncoding('utf8').on('data', (text: string) => {
  err += text
})
const [exit] = await once(child, 'close')
const checks: Check[] = JSON.parse(out)
const told = (name: string) => {
  const check = checks.find((each) => each.name === name)
  return [check?.result, check?.says]
}

await t.test('it ends with 1 and says so', async (t) => {
  t.equal(exit, 1)
  t.match(err, /^eims: this machine is not ready; what to do stands beside each check\n$/)
  for (const { result, remedy } of checks) t.equal(result === 'ok', remedy === null)
})

await t.test('a LAN without a DHCP server', async (t) => {
  t.strictSame(told('DHCP on br0'), ['fail', 'No DHCP server offers an address.'])
  t.strictSame(told('PXE servers on br0'), ['ok', 'Nobody else tells machines what to boot.'])
})

await t.test('a LAN as it should be', async (t) => {
  t.strictSame(told('interface br1'), ['ok', 'It is up with 192.168.81.1.'])
  t.strictSame(told('ports on br1'), ['ok', 'UDP 67, 69 and 4011 and TCP 7480, 7443, 7481, 7444 are free.'])
  t.strictSame(told('DHCP on br1'), ['ok', '192.168.81.2 gives the addresses.'])
  t.strictSame(told('PXE servers on br1'), ['ok', 'Nobody else tells machines what to boot.'])
})

await t.test('two DHCP servers, one of which has our port', async (t) => {
  t.strictSame(told('DHCP on br2'), ['warn', '2 DHCP servers offer addresses: 192.168.82.1, 192.168.82.2.'])
  t.strictSame(told('ports on br2'), ['fail', `UDP port 67 on br2 is taken by dnsmasq (process ${taker.pid}).`])
})

await t.test('another ProxyDHCP', async (t) => {
  t.strictSame(told('DHCP on br3'), ['ok', '192.168.83.2 gives the addresses.'])
  t.strictSame(told('PXE servers on br3'), [
    'fail',
    'Another ProxyDHCP (PXE server) answers on this LAN: 192.168.83.9.',
  ])
})

await t.test('a DHCP server that names a boot file itself', async (t) => {
  t.strictSame(told('DHCP on br4'), ['ok', '192.168.84.2 gives the addresses.'])
  t.strictSame(told('PXE servers on br4'), [
    'warn',
    'The DHCP server 192.168.84.2 names a boot file itself: pxelinux.0.',
  ])
})

await t.test('interfaces that cannot be served', async (t) => {
  t.strictSame(told('interface off'), ['fail', 'It is switched off.'])
  t.strictSame(told('interface bare')[0], 'fail')
  t.strictSame(told('interface nowhere'), ['fail', 'There is no such interface.'])
})

await t.test('boot files that were never made', async (t) => {
  t.match(told('iPXE files'), ['fail', /^They are not there/])
  t.match(told('Micro-OS for x86_64'), ['fail', /^They are not there/])
})

await t.test('no address was taken by asking', async (t) => {
  const { stdout } = await run('cat', [join(dir, 'br1.leases')]).catch(() => ({ stdout: '' }))
  t.notMatch(stdout, '02:65:69:6d:73:01')
})
