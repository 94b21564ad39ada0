import fc from 'fast-check'
import t from 'tap'
import { decode, encode } from '../src/index.ts'
import { ask } from './machine.ts'
import { datagrams, NAMES } from './pcap.ts'

// Promise: real packets in which bytes were changed, cut out, doubled or mixed make nothing throw, and whatever is
// still answered keeps the rules of a ProxyDHCP.

const packets = NAMES.flatMap((name) => datagrams(name).map(({ payload }) => payload))

const mutation = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(600), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(600), value: fc.nat(40) }),
  fc.record({ kind: fc.constant('double' as const), at: fc.nat(600), value: fc.nat(40) }),
  fc.record({ kind: fc.constant('mix' as const), at: fc.nat(600), value: fc.nat(packets.length - 1) }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat(600), value: fc.constant(0) }),
)

function mutate(packet: Uint8Array, { kind, at, value }: { kind: string; at: number; value: number }): Uint8Array {
  const [head, tail] = [packet.subarray(0, at), packet.subarray(at)]
  switch (kind) {
    case 'set':
      return Uint8Array.from(packet, (byte, index) => (index === at ? value : byte))
    case 'cut':
      return Uint8Array.from([...head, ...tail.subarray(value)])
    case 'double':
      return Uint8Array.from([...head, ...tail.subarray(0, value), ...tail])
    case 'mix':
      return Uint8Array.from([...head, ...packets[value]!.subarray(at)])
    default:
      return head
  }
}

const settings = {
  httpBootUrl: 'http://192.168.77.1/boot/ipxe/',
  httpsScriptUrl: 'https://192.168.77.1/boot.ipxe',
  trust: new Uint8Array(32).fill(7),
} as const

await t.test('mutated captures', async (t) => {
  let answered = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...packets),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(67 as const, 4011 as const),
      (packet, mutations, port) => {
        const bytes = mutations.reduce(mutate, packet)
        const decision = ask(bytes, { port, from: { address: '192.168.77.100', port: 68 }, settings })
        if (decision.kind === 'ignore') return true
        answered += 1
        const reply = decode(encode(decision.message))
        const asked = decode(bytes)
        if (!reply.ok || !asked.ok) return false
        const { op, yiaddr, siaddr, xid, options } = reply.value
        const kept = [61, 97, 82].every((code) => options.has(code) === asked.value.options.has(code))
        return (
          op === 2 &&
          asked.value.op === 1 &&
          yiaddr === '0.0.0.0' &&
          siaddr === '192.168.77.1' &&
          kept &&
          xid === asked.value.xid
        )
      },
    ),
    { numRuns: 4000 },
  )
  t.ok(answered > 200, `${answered} were still answered`)
})
