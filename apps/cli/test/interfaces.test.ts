import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Interface, interfacesToServe, presentInterfaces } from '../src/up/interfaces.ts'

const at = (name: string, address: string | null, rest: Partial<Interface> = {}): Interface => ({
  name,
  address,
  state: 'running',
  loopback: false,
  ...rest,
})
const lo = at('lo', '127.0.0.1', { loopback: true })
const office = at('eth0', '10.0.0.2')
const bench = at('eth1', '192.168.77.1')

await t.test('the only interface is taken, several are never guessed between', async (t) => {
  t.strictSame(interfacesToServe([], [lo, office]), ['eth0'])
  t.throws(() => interfacesToServe([], [lo, office, bench]), {
    message:
      'say which interface leads to the bench LAN with --interface; there are: eth0 (10.0.0.2), eth1 (192.168.77.1)',
  })
  t.throws(() => interfacesToServe([], [lo]), {
    message: 'say which interface leads to the bench LAN with --interface; there are: none has an IPv4 address',
  })
})

await t.test('an interface that was asked for twice is served once', async (t) => {
  t.strictSame(interfacesToServe(['eth1', 'eth0', 'eth1'], [lo, office, bench]), ['eth1', 'eth0'])
})

await t.test('an interface that cannot be served is refused with its reason and the remedy', async (t) => {
  const refusals: [Interface[], string, string][] = [
    [[lo, office], 'eth9', '--interface: there is no interface "eth9"; there are: eth0 (10.0.0.2)'],
    [[lo], 'a b', '--interface: there is no interface "a b"; there are: none has an IPv4 address'],
    [[lo], 'lo', 'interface lo is the loopback of this machine; name the one that leads to the bench LAN'],
    [
      [at('eth1', null)],
      'eth1',
      'interface eth1 has no IPv4 address; give it a fixed one, e.g. ip addr add 192.168.77.1/24 dev eth1',
    ],
    [
      [at('eth1', null, { state: 'off' })],
      'eth1',
      'interface eth1 is switched off; switch it on with: ip link set eth1 up',
    ],
    [
      [at('eth1', null, { state: 'no link' })],
      'eth1',
      'interface eth1 has no link; plug its cable in and switch the other end on',
    ],
  ]
  for (const [present, asked, message] of refusals)
    t.throws(() => interfacesToServe([asked], present), { name: 'Refusal', message })
})

await t.test("this machine's interfaces are read from the kernel", async (t) => {
  const loopback = presentInterfaces().find(({ name }) => name === 'lo')
  t.strictSame(loopback, { name: 'lo', address: '127.0.0.1', state: 'running', loopback: true })
})

await t.test('a cable that is out, a port that is off and a driver that cannot tell are told apart', async (t) => {
  const folder = t.testdir({ bonding_masters: '' })
  for (const [name, flags, operstate] of [
    ['out', '0x1003', 'down'],
    ['off', '0x1002', 'down'],
    ['silent', '0x1003', 'unknown'],
  ] as const) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'flags'), `${flags}\n`)
    writeFileSync(join(folder, name, 'operstate'), `${operstate}\n`)
  }
  const states = presentInterfaces(folder).map(({ name, state }) => [name, state])
  t.strictSame(Object.fromEntries(states), { out: 'no link', off: 'off', silent: 'running' })
})
