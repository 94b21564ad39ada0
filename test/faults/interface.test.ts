import { join } from 'node:path'
import type { Counters } from '@eims/contracts'
import { CommandFailed, Lan, until } from '@eims/lab'
import t from 'tap'
import { Launched, launch, launcher, reachableFolder, root } from '../up/launched.ts'

// One promise: an interface that goes, comes back or changes is served again by itself, or the service ends and says why.

const lan = await Lan.create({ name: 'interface', subnet: '192.168.99' })
t.teardown(() => lan[Symbol.asyncDispose]())
const machine = await lan.addNamespace('machine')
const mac = '52:54:00:aa:00:01'

/** A cable between the service's `bench` and the machine's `eth0`; it goes with either end. */
async function plugIn(address: string): Promise<void> {
  await lan.service.ip('link', 'add', 'bench', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine.name)
  await machine.ip('link', 'set', 'eth0', 'address', mac, 'up')
  await machine.ip('addr', 'add', '192.168.77.11/24', 'dev', 'eth0')
  await lan.service.ip('addr', 'add', `${address}/24`, 'dev', 'bench')
  await lan.service.ip('link', 'set', 'bench', 'up')
}

/** Until it is so; a command that fails says: not yet. */
const soon = <T>(what: () => Promise<T>) =>
  until(
    () =>
      what().catch((error: unknown) => {
        if (error instanceof CommandFailed) return null
        throw error
      }),
    100,
  )

const curl = async (...args: string[]) => (await machine.exec('curl', ['-sS', '-m', '5', ...args])).stdout
/** Where iPXE is sent to by DHCP. */
const offered = async () => {
  const args = [join(root, 'test/up/firmware.ts'), 'discover', mac, 'PXEClient:Arch:00000:UNDI:002001', 'Tinkerbell']
  const { stdout } = await machine.exec(process.execPath, args)
  return (JSON.parse(stdout) as { file: string | null }).file
}
/** Waits until a DISCOVER is answered with a script at this address, then asks there by HTTP, HTTPS and TFTP. */
async function isServed(t: Tap, address: string): Promise<void> {
  t.equal(await soon(offered), `http://${address}:7480/boot.ipxe`)
  t.match(
    await curl(`http://${address}:7480/boot.ipxe`),
    new RegExp(`^#!ipxe\n[^]*${address.replaceAll('.', '\\.')}:7480/`),
  )
  t.match(await curl(`tftp://${address}/autoexec.ipxe`), new RegExp(`${address.replaceAll('.', '\\.')}:7480/boot.ipxe`))
}
type Tap = Pick<typeof t, 'equal' | 'match'>

await plugIn('192.168.77.1')
const data = join(await reachableFolder(t), 'data')
const service = launch(lan.service, ['--interface', 'bench', '--data', data])
t.teardown(() => service[Symbol.asyncDispose]())
await service.up()
const ca = join(data, '../ca.crt')
await machine.exec('curl', ['-sSf', '-o', ca, 'http://192.168.77.1:7480/ca.crt'])

const counters = async () =>
  (JSON.parse((await lan.service.exec(launcher, ['counters', '--json', '--data', data])).stdout) as Counters)
    .interfaces[0]!

await t.test('gone, and back with the same name and address', async (t) => {
  await isServed(t, '192.168.77.1')
  await lan.service.ip('link', 'del', 'bench')
  await service.logs(/^lan: bench is gone/)
  t.match(await counters(), { address: '192.168.77.1', away: 'gone' })
  t.match(JSON.parse((await lan.service.exec('curl', ['-sS', 'http://127.0.0.1:7481/healthz'])).stdout), {
    ok: true,
    away: [{ interface: 'bench', why: 'gone' }],
  })
  await plugIn('192.168.77.1')
  await isServed(t, '192.168.77.1')
  t.match(await counters(), { away: null, formerAddresses: [] })
})

await t.test('made anew within an instant, with another address', async (t) => {
  await lan.service.ip('link', 'del', 'bench')
  await plugIn('192.168.77.3')
  await soon(async () => (await offered()) === 'http://192.168.77.3:7480/boot.ipxe')
  await isServed(t, '192.168.77.3')
  const script = () => curl('--cacert', ca, 'https://192.168.77.3:7443/boot.ipxe')
  t.match(await soon(script), /^#!ipxe/, 'its certificate names the new address')
  t.match(await counters(), {
    address: '192.168.77.3',
    url: 'http://192.168.77.3:7480',
    formerAddresses: ['192.168.77.1'],
  })
})

await t.test('the address changes, and nothing else', async (t) => {
  await lan.service.ip('addr', 'del', '192.168.77.3/24', 'dev', 'bench')
  await service.logs(/^lan: bench has no IPv4 address/)
  await lan.service.ip('addr', 'add', '192.168.77.4/24', 'dev', 'bench')
  await soon(async () => (await offered()) === 'http://192.168.77.4:7480/boot.ipxe')
  await isServed(t, '192.168.77.4')
})

await t.test('the MTU changes', async (t) => {
  const blocks = async () => {
    const url = 'tftp://192.168.77.4/autoexec.ipxe'
    const { stderr } = await machine.exec('curl', ['-sSv', '-m', '5', '--tftp-blksize', '1468', '-o', '/dev/null', url])
    return Number(/blksize parsed from OACK \((\d+)\)/.exec(stderr)?.[1])
  }
  t.equal(await blocks(), 1468)
  await lan.service.ip('link', 'set', 'bench', 'mtu', '1400')
  await soon(async () => (await blocks()) === 1368)
  await isServed(t, '192.168.77.4')
})

await t.test('SIGTERM ends it in order', async (t) => {
  const { code, said } = await service.end('SIGTERM')
  t.strictSame({ code, said }, { code: 0, said: [] })
})

await t.test('who may not bind sockets anew ends, to be started again', async (t) => {
  const without = ['--bounding-set', '-net_raw', launcher, 'up', '--interface', 'bench', '--data', data]
  const bound = new Launched(lan.service.spawn('setpriv', without, { stdio: ['ignore', 'pipe', 'pipe'] }))
  t.teardown(() => bound[Symbol.asyncDispose]())
  await bound.up()
  await lan.service.ip('link', 'del', 'bench')
  await bound.logs(/^lan: bench is gone/)
  await plugIn('192.168.77.1')
  const { code, said } = await bound.ended
  t.equal(code, 75)
  t.strictSame(said, [
    'eims: interface bench was made anew, and its sockets cannot be bound to the new one: that takes the capability NET_RAW; start again, with sockets opened anew',
  ])
})
