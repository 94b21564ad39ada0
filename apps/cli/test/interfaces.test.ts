import type { NetworkInterfaceInfo } from 'node:os'
import t from 'tap'
import { interfacesToServe } from '../src/up/interfaces.ts'

const at = (address: string, internal = false) => [{ family: 'IPv4', address, internal } as NetworkInterfaceInfo]
const lo = at('127.0.0.1', true)

await t.test('the only interface is taken, several are never guessed between', async (t) => {
  t.strictSame(interfacesToServe([], { lo, eth0: at('10.0.0.2') }), ['eth0'])
  t.throws(
    () => interfacesToServe([], { lo, eth0: at('10.0.0.2'), eth1: at('192.168.77.1') }),
    /say which .* eth0 \(10.0.0.2\), eth1 \(192.168.77.1\)/,
  )
  t.throws(() => interfacesToServe([], { lo }), /none has an IPv4 address/)
})

await t.test('asked-for interfaces must exist and have an address', async (t) => {
  const present = { lo, eth0: at('10.0.0.2'), eth1: [] }
  t.strictSame(interfacesToServe(['eth0', 'eth0'], present), ['eth0'])
  t.throws(
    () => interfacesToServe(['eth9'], present),
    /no interface eth9 with an address; there are: eth0 \(10.0.0.2\)/,
  )
  t.throws(() => interfacesToServe(['eth1'], present), /interface eth1 has no IPv4 address; give it a fixed one/)
  t.throws(() => interfacesToServe(['a b'], present), /"a b" is not the name of an interface/)
  t.throws(() => interfacesToServe(['lo'], present), /interface lo/)
})
