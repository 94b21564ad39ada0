import fc from 'fast-check'
import t from 'tap'
import { decode, encode, encodeOptions, type Packet, readClient } from '../src/index.ts'
import { encodedLength } from '../src/packet.ts'
import { ask, question } from './machine.ts'

// Promise: every message survives the wire unchanged, and no bytes make decode, client or decision throw.

const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join('.'))
const latin1 = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 255 }), { maxLength }).map((codes) => String.fromCharCode(...codes))
const options = (maxLength: number) =>
  fc.uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52),
      fc.uint8Array({ maxLength, size: 'max' }),
    ),
    { selector: ([code]) => code, maxLength: 8 },
  )

const message: fc.Arbitrary<Packet> = fc.record({
  op: fc.nat(255),
  htype: fc.nat(255),
  hlen: fc.nat(16),
  hops: fc.nat(255),
  xid: fc.nat(0xffffffff),
  secs: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  ciaddr: address,
  yiaddr: address,
  siaddr: address,
  giaddr: address,
  chaddr: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  sname: latin1(63),
  file: latin1(127),
  options: options(700).map((entries) => new Map(entries)),
})

await t.test('decode(encode(x)) is x', async () => {
  fc.assert(
    fc.property(message, (packet) => {
      const bytes = encode(packet)
      const decoded = decode(bytes)
      if (!decoded.ok) throw new Error(decoded.reason)
      const { options: read, ...header } = decoded.value
      const { options: written, ...expected } = packet
      return (
        bytes.length === encodedLength(packet) &&
        JSON.stringify(header) === JSON.stringify(expected) &&
        JSON.stringify([...read]) === JSON.stringify([...written])
      )
    }),
    { numRuns: 500 },
  )
})

await t.test('options in pieces, laid over file and sname, read as they were meant', async (t) => {
  const short = fc.uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52),
      fc.uint8Array({ maxLength: 24 }),
    ),
    { selector: ([code]) => code, maxLength: 4 },
  )
  let laidOver = 0
  fc.assert(
    fc.property(message, short, fc.integer({ min: 1, max: 3 }), fc.nat(24), (packet, extra, overload, cut) => {
      const whole = new Map(extra)
      const first = new Map([
        [52, Uint8Array.of(overload)],
        ...[...whole].map(([code, value]) => [code, value.subarray(0, cut)] as const),
      ])
      const rest = encodeOptions(new Map([...whole].map(([code, value]) => [code, value.subarray(cut)] as const)))
      const bytes = Buffer.alloc(1000)
      encode({ ...packet, options: new Map(), file: '', sname: '' })
        .slice(0, 240)
        .forEach((byte, at) => {
          bytes[at] = byte
        })
      bytes.set(encodeOptions(first), 240)
      // the second pieces stand in sname if that alone is laid over, else in file; so they come last either way
      if (rest.length > (overload === 2 ? 64 : 128)) return true
      bytes.set(rest, overload === 2 ? 44 : 108)
      laidOver += 1
      const decoded = decode(bytes)
      if (!decoded.ok) throw new Error(decoded.reason)
      const plain = (options: ReadonlyMap<number, Uint8Array>) =>
        JSON.stringify([...options].map(([code, value]) => [code, Buffer.from(value).toString('hex')]))
      return plain(decoded.value.options) === plain(whole) && decoded.value.file === '' && decoded.value.sname === ''
    }),
    { numRuns: 500 },
  )
  t.ok(laidOver > 100, `${laidOver} messages`)
})

const ports = fc.constantFrom(67 as const, 4011 as const)
const source = fc.record({ address, port: fc.nat(0xffff) })

await t.test('no bytes make anything throw', async () => {
  const headed = fc.uint8Array({ maxLength: 400 }).map((tail) => {
    const bytes = encode(question()).slice(0, 240)
    return Uint8Array.from([...bytes, ...tail])
  })
  const flipped = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 12 }).map((changes) => {
    const bytes = encode(question({ options: { 175: '130101', 77: '0469505845', 82: '0102aabb', 57: '05dc' } }))
    for (const [at, value] of changes) if (at < bytes.length && (at < 236 || at > 239)) bytes[at] = value
    return bytes
  })
  const anything = fc.oneof(fc.uint8Array({ maxLength: 700 }), headed, flipped)
  fc.assert(
    fc.property(anything, ports, source, fc.boolean(), (bytes, port, from, chainedRecently) => {
      const decision = ask(bytes, { port, from, facts: { chainedRecently } })
      if (decision.kind === 'reply') encode(decision.message)
    }),
    { numRuns: 3000 },
  )
})

await t.test('whatever options a netboot client adds, a reply keeps the rules', async () => {
  fc.assert(
    fc.property(options(255), ports, fc.boolean(), (extra, port, chainedRecently) => {
      const asked = question()
      const type = Uint8Array.of(port === 67 ? 1 : 3)
      const packet = { ...asked, options: new Map([...extra, ...asked.options, [53, type]]) }
      if (!readClient(packet).ok) throw new Error('still a client')
      const decision = ask(packet, {
        port,
        from: { address: '192.168.77.100', port: 4011 },
        facts: { chainedRecently },
      })
      if (decision.kind === 'ignore') return decision.reason.code === 'dhcp-reply-too-large'
      const bytes = encode(decision.message)
      const codes = [...decision.message.options.keys()]
      return (
        bytes.length >= 300 &&
        bytes.length <= 1472 &&
        bytes[235] === 0 &&
        decision.message.yiaddr === '0.0.0.0' &&
        decision.message.siaddr === '192.168.77.1' &&
        [53, 54, 60].every((code) => codes.includes(code)) &&
        (!packet.options.has(82) || codes.at(-1) === 82)
      )
    }),
    { numRuns: 500 },
  )
})
