import t from 'tap'
import { decode, encode } from '../src/index.ts'
import { CAPTURES, packet } from './captures.ts'
import { question, text } from './machine.ts'

// Promise: every length in a datagram is checked, and a bad one is a value with a reason, never an exception.

const HEADER = '01010600 11223344 0000 8000 00*16 525400aa0001 00*10'
const EMPTY_NAMES = '00*64 00*128'
const COOKIE = '63825363'

function reasonOf(bytes: Uint8Array): string {
  const decoded = decode(bytes)
  return decoded.ok ? 'decoded' : decoded.reason
}

await t.test('a captured datagram, field by field', async (t) => {
  const decoded = decode(CAPTURES.edk2Request4011)
  t.ok(decoded.ok)
  if (!decoded.ok) return
  const { options, chaddr, ...header } = decoded.value
  t.same(header, {
    op: 1,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: 0xe9ec34ca,
    secs: 0,
    flags: 0,
    ciaddr: '192.168.77.102',
    yiaddr: '0.0.0.0',
    siaddr: '0.0.0.0',
    giaddr: '0.0.0.0',
    sname: '',
    file: '',
  })
  t.equal(Buffer.from(chaddr).toString('hex'), '525400aa000100000000000000000000')
  t.same([...options.keys()], [53, 55, 57, 60, 93, 94, 97])
  t.equal(Buffer.from(options.get(60)!).toString(), 'PXEClient:Arch:00007:UNDI:003000')
})

await t.test('captures survive decode, encode, decode', async (t) => {
  for (const [name, bytes] of Object.entries(CAPTURES)) {
    const once = decode(bytes)
    if (!once.ok) return t.fail(`${name}: ${once.reason}`)
    const again = encode(once.value)
    t.equal(Buffer.from(again).toString('hex'), Buffer.from(bytes).toString('hex'), name)
  }
})

await t.test('malformed datagrams say what is wrong', async (t) => {
  const cases: [string, string, string][] = [
    ['nothing', '', '0 bytes are too few: a header alone has 240'],
    ['a cut header', `${HEADER} 00*100`, '144 bytes are too few: a header alone has 240'],
    ['plain BOOTP', `${HEADER} ${EMPTY_NAMES} 00*64`, 'the magic cookie is not 63 82 53 63'],
    ['hlen', `010111 ${HEADER.slice(6)} ${EMPTY_NAMES} ${COOKIE} ff`, 'hlen is 17, and chaddr has 16 bytes'],
    ['a code at the end', `${HEADER} ${EMPTY_NAMES} ${COOKIE} 35`, 'messageType (53) has no length byte'],
    ['a cut option', `${HEADER} ${EMPTY_NAMES} ${COOKIE} 3c20 505845`, 'vendorClass (60) says 32 bytes and has 3'],
    ['an unknown cut option', `${HEADER} ${EMPTY_NAMES} ${COOKIE} e0ff`, 'option 224 says 255 bytes and has 0'],
    [
      'overload 0',
      `${HEADER} ${EMPTY_NAMES} ${COOKIE} 3401 00 ff`,
      'option 52 (overload) is not one byte of 1, 2 or 3',
    ],
    [
      'overload 4',
      `${HEADER} ${EMPTY_NAMES} ${COOKIE} 3401 04 ff`,
      'option 52 (overload) is not one byte of 1, 2 or 3',
    ],
    [
      'long overload',
      `${HEADER} ${EMPTY_NAMES} ${COOKIE} 3402 0101`,
      'option 52 (overload) is not one byte of 1, 2 or 3',
    ],
    [
      'bad options in file',
      `${HEADER} 00*64 43ff 00*126 ${COOKIE} 3401 01 ff`,
      'bootFileName (67) says 255 bytes and has 126',
    ],
    ['too long', `${HEADER} ${EMPTY_NAMES} ${COOKIE} 00*9000`, '9240 bytes are more than 9216'],
  ]
  for (const [name, hex, reason] of cases) t.equal(reasonOf(packet(hex)), reason, name)
})

await t.test('what is odd and allowed', async (t) => {
  const read = (hex: string) => {
    const decoded = decode(packet(hex))
    if (!decoded.ok) throw new Error(decoded.reason)
    return decoded.value
  }
  const open = read(`${HEADER} ${EMPTY_NAMES} ${COOKIE} 00 3501 01 0000 5d02 0007`)
  t.same([...open.options.keys()], [53, 93], 'pads between options, and no end option')
  t.equal(read(`${HEADER} ${EMPTY_NAMES} ${COOKIE} ff 43ff`).options.size, 0, 'nothing counts behind the end')

  const overloaded = read(`${HEADER} 4304 63646566 ff 00*57  4302 6162 3d00 ff 00*121 ${COOKIE} 3401 03 3501 01 ff`)
  t.same([...overloaded.options.keys()], [53, 67, 61], 'options in file, then in sname')
  t.equal(Buffer.from(overloaded.options.get(67)!).toString(), 'abcdef', 'pieces joined in RFC 3396 order')
  t.same([overloaded.file, overloaded.sname], ['', ''])

  t.equal(read(`${HEADER} 00*64 ${'61'.repeat(128)} ${COOKIE} ff`).file.length, 128, 'a file name without NUL')
  t.equal(read(`${HEADER} 00*64 6162 00 63 00*124 ${COOKIE} ff`).file, 'ab', 'and with something behind the NUL')
})

await t.test('encode: length, NUL and long options', async (t) => {
  const small = encode(question({ options: { 60: null, 93: null, 94: null, 97: null } }))
  t.equal(small.length, 300)
  t.equal(encode(question({ file: 'f'.repeat(127) }))[235], 0, 'the last byte of file is always NUL')

  const long = encode(question({ options: { 67: text('x'.repeat(300)) } }))
  const at = Buffer.from(long).indexOf(Buffer.from([67, 255]))
  t.equal(Buffer.from(long).readUInt16BE(at + 257), (67 << 8) | 45, 'a value of 300 bytes stands as 255 and 45')
})

await t.test('encode throws for what has no form on the wire', async (t) => {
  t.throws(() => encode(question({ file: 'f'.repeat(128) })), /file has 128 characters, more than 127/)
  t.throws(() => encode(question({ sname: 's'.repeat(64) })), /sname has 64 characters, more than 63/)
  t.throws(() => encode(question({ file: 'caf\u0000' })), /no byte on the wire/)
  t.throws(() => encode(question({ file: 'ж' })), /no byte on the wire/)
  t.throws(() => encode(question({ siaddr: '192.168.77' })), /not an IPv4 address/)
  t.throws(() => encode(question({ siaddr: '192.168.77.256' })), /not an IPv4 address/)
  t.throws(() => encode(question({ xid: -1 })), /xid is -1/)
  t.throws(() => encode(question({ hlen: 17 })), /hlen is 17/)
  t.throws(() => encode(question({ chaddr: new Uint8Array(6) })), /chaddr has 6 bytes/)
  t.throws(() => encode(question({ options: { 0: '' } })), /option code 0/)
  t.throws(() => encode(question({ options: { 255: '' } })), /option code 255/)
  t.throws(() => encode(question({ options: { 52: '01' } })), /overload/)
})
