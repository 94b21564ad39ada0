import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { decode, encode, type Packet } from '../src/packet.ts'

const bytes = (latin1: string) => Buffer.from(latin1, 'latin1')

const rows: [what: string, wire: string, packet: Packet][] = [
  [
    'RRQ as OVMF (2022.11) sends it',
    '\0\x01snponly.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0',
    {
      kind: 'rrq',
      filename: 'snponly.efi',
      mode: 'octet',
      options: [
        ['tsize', '0'],
        ['blksize', '1468'],
        ['windowsize', '4'],
      ],
    },
  ],
  ['RRQ of RFC 1350', '\0\x01a\0netascii\0', { kind: 'rrq', filename: 'a', mode: 'netascii', options: [] }],
  ['WRQ', '\0\x02a\0octet\0', { kind: 'wrq', filename: 'a', mode: 'octet', options: [] }],
  ['DATA', '\0\x03\x01\x02hello', { kind: 'data', block: 258, data: bytes('hello') }],
  ['empty DATA', '\0\x03\xff\xff', { kind: 'data', block: 65535, data: bytes('') }],
  ['ACK', '\0\x04\xff\xfe', { kind: 'ack', block: 65534 }],
  ['ERROR', '\0\x05\0\x01file not found\0', { kind: 'error', code: 1, message: 'file not found' }],
  [
    'OACK',
    '\0\x06blksize\x001468\0tsize\x0099\0',
    {
      kind: 'oack',
      options: [
        ['blksize', '1468'],
        ['tsize', '99'],
      ],
    },
  ],
]

await t.test('each packet is these bytes, in both directions', async (t) => {
  for (const [what, wire, packet] of rows) {
    t.same(decode(bytes(wire)), packet, `${what}: decode`)
    t.same(Buffer.from(encode(packet)), bytes(wire), `${what}: encode`)
  }
})

await t.test('what firmware gets wrong is still understood', async (t) => {
  const request = { kind: 'rrq', filename: 'ipxe.efi', mode: 'octet', options: [] }
  t.same(decode(bytes('\0\x01ipxe.efi\0\0octet\0')), request, 'NUL twice after the name')
  t.same(decode(bytes('\0\x01ipxe.efi\0\xff\xff\0octet\0')), request, '0xff after the name and its NUL')
  t.same(decode(bytes('\0\x01ipxe.efi\0OcTeT\0')), request, 'mode in any case')
  t.same(decode(bytes('\0\x01ipxe.efi\0octet\0blksize')), request, 'an option without its value is left out')
  t.same(decode(bytes('\0\x01ipxe.efi\0octet\0\0\0\0\0')), request, 'a padded request')
  const wanted = { ...request, options: [['blksize', '512']] }
  t.same(decode(bytes('\0\x01ipxe.efi\0octet\0BLKSIZE\x00512\0blksize\x008\0')), wanted, 'the first of two counts')
  t.same(decode(bytes('\0\x05\0\0gone')), { kind: 'error', code: 0, message: 'gone' }, 'ERROR without the last NUL')
  t.same(decode(bytes('\0\x04\0\x07pad')), { kind: 'ack', block: 7 }, 'ACK with padding')
})

await t.test('what is no packet is called malformed, with the reason', async (t) => {
  const cases: [string, RegExp][] = [
    ['', /shorter than an opcode/],
    ['\0', /shorter than an opcode/],
    ['\0\0', /opcode 0 does not exist/],
    ['\0\x07', /opcode 7 does not exist/],
    ['\xff\xff\xff', /opcode 65535 does not exist/],
    ['\0\x01', /file name without its end/],
    ['\0\x01name', /file name without its end/],
    ['\0\x01name\0', /mode without its end/],
    ['\0\x01name\0octet', /mode without its end/],
    ['\0\x03\0', /DATA without a block number/],
    ['\0\x04\0', /ACK without a block number/],
    ['\0\x05\0', /ERROR without a code/],
    [`\0\x01${'n'.repeat(600)}\0octet\0`, /request longer than 512 bytes/],
  ]
  for (const [wire, reason] of cases) {
    t.match(
      decode(bytes(wire)),
      { kind: 'malformed', reason },
      `${JSON.stringify(wire.slice(0, 12))}: ${reason.source}`,
    )
  }
})

await t.test('any bytes decode without a throw', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(8), (tail, code) => {
      decode(Buffer.concat([Buffer.from([0, code]), tail]))
      decode(tail)
    }),
    { numRuns: 2000 },
  )
})

await t.test('what was encoded decodes to itself', async () => {
  const word = fc.string({ minLength: 1, maxLength: 40 })
  const block = fc.nat(65535)
  const options = fc.uniqueArray(
    fc.tuple(
      word.map((name) => name.toLowerCase()),
      word,
    ),
    { maxLength: 4, selector: ([name]) => name },
  )
  const packets: fc.Arbitrary<Packet> = fc.oneof(
    block.map((block) => ({ kind: 'ack', block }) as const),
    fc.tuple(block, word).map(([code, message]) => ({ kind: 'error', code, message }) as const),
    fc
      .tuple(block, fc.uint8Array())
      .map(([block, data]) => ({ kind: 'data', block, data: Buffer.from(data) }) as const),
    fc.tuple(word, options).map(([filename, options]) => ({ kind: 'rrq', filename, mode: 'octet', options }) as const),
  )
  fc.assert(fc.property(packets, (packet) => deepStrictEqual(decode(encode(packet)), packet)))
})
